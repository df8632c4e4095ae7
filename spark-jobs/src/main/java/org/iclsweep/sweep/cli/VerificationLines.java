package org.iclsweep.sweep.cli;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import org.iclsweep.model.exactness.Verification;
import org.jspecify.annotations.Nullable;

/** The output of {@code verify}: a JSON object per prompt, on a stream that stays open. */
final class VerificationLines implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Writes doubles in the shortest form that reads back as the same number. */
    private static final JsonFactory SHORTEST = JsonFactory.builder()
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .build();

    private final OutputStream stream;
    private final JsonGenerator json;
    private final DataType type;

    /** @param type the precision of the logits */
    VerificationLines(OutputStream stream, DataType type) throws IOException {
        this.stream = stream;
        this.type = type;
        json = SHORTEST.createGenerator(stream).setRootValueSeparator(null);
        json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    }

    /** Writes the line of a prompt. */
    void write(JsonNode id, Verification.Result result, ReferenceLogits.@Nullable Departure departure)
            throws IOException {
        json.writeStartObject();
        json.writeFieldName("id");
        JSON.writeTree(json, id);
        logits("prompted", result.prompted());
        logits("converted", result.converted());
        number("max_abs_logit_error", result.difference().maxAbsolute());
        number("max_rel_logit_error", result.difference().maxRelative());
        if (departure != null) {
            number("expected_max_abs_logit_error", departure.logits().maxAbsolute());
            number("expected_max_rel_logit_error", departure.logits().maxRelative());
            json.writeObjectFieldStart("expected_rel_state_errors");
            for (ReferenceLogits.StateDifference state : departure.states()) {
                number(state.tensor(), state.relative());
            }
            json.writeEndObject();
        }
        json.writeEndObject();
        json.writeRaw('\n');
    }

    private void logits(String field, double[][] rows) throws IOException {
        json.writeArrayFieldStart(field);
        for (double[] row : rows) {
            json.writeStartArray();
            for (double value : row) {
                if (type == DataType.FLOAT32 && Double.isFinite(value)) {
                    json.writeNumber((float) value);
                } else {
                    number(value);
                }
            }
            json.writeEndArray();
        }
        json.writeEndArray();
    }

    private void number(String field, double value) throws IOException {
        json.writeFieldName(field);
        number(value);
    }

    private void number(double value) throws IOException {
        if (Double.isFinite(value)) {
            json.writeNumber(value);
        } else {
            json.writeNull();
        }
    }

    @Override
    public void close() throws IOException {
        json.close();
        stream.flush();
    }
}
