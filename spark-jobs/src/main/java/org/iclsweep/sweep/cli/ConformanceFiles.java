package org.iclsweep.sweep.cli;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.checkpoint.SafetensorsWriter;
import org.iclsweep.model.checkpoint.TensorEntry;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.ConformanceAnswer;
import org.iclsweep.model.exactness.ConformanceCase;
import org.iclsweep.model.exactness.ConformanceSuite;
import org.iclsweep.model.exactness.ConformanceSuite.Prompt;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The files of a conformance suite: {@code suite.json} with its model and settings, {@code PROMPT.safetensors} with
 * {@code logits} [Q, V] and {@code stream} [L, Q, D] of each prompt, and last {@code cases.jsonl}, a case per line.
 */
record ConformanceFiles(Path directory) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The version of these files. */
    static final int FORMAT = 1;

    /** Writes all of them; {@code about} is the content of {@code suite.json}. */
    void write(ObjectNode about, ConformanceSuite suite, LanguageModel model) throws IOException {
        Files.createDirectories(directory);
        JSON.writerWithDefaultPrettyPrinter()
                .writeValue(directory.resolve("suite.json").toFile(), about);
        for (Map.Entry<String, Prompt> prompt : suite.prompts().entrySet()) {
            try (NDManager batch = model.newBatch()) {
                ConformanceAnswer answer = ConformanceAnswer.of(model, batch, prompt.getValue());
                SafetensorsWriter.write(
                        directory.resolve(prompt.getKey() + ".safetensors"),
                        List.of(TensorEntry.of("logits", answer.logits()), TensorEntry.of("stream", answer.stream())),
                        Map.of());
            }
        }
        try (BufferedWriter lines = Files.newBufferedWriter(directory.resolve("cases.jsonl"))) {
            for (ConformanceCase one : suite.cases()) {
                lines.write(line(one, suite) + "\n");
            }
        }
    }

    private static ObjectNode line(ConformanceCase one, ConformanceSuite suite) {
        ObjectNode line = JSON.createObjectNode()
                .put("id", one.id())
                .put("kind", one.kind().label());
        ArrayNode rows = line.putArray("rows");
        for (String name : one.prompts()) {
            Prompt prompt = suite.prompts().get(name);
            if (prompt == null) {
                throw new IllegalStateException(one.id() + ": expected a prompt of the suite, found " + name);
            }
            ObjectNode row = rows.addObject().put("prompt", name);
            put(row.putArray("context"), prompt.context());
            put(row.putArray("query"), prompt.query());
        }
        Arrays.stream(one.pieces()).forEach(line.putArray("pieces")::add);
        put(line.putArray("aside"), one.aside());
        return line;
    }

    private static void put(ArrayNode array, TokenSequence tokens) {
        Arrays.stream(tokens.ids()).forEach(array::add);
    }
}
