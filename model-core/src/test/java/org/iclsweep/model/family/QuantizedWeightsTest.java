package org.iclsweep.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.model.Closeness;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.conversion.ConvertedCheckpoint;
import org.iclsweep.model.conversion.KvCacheConversion;
import org.iclsweep.model.decoder.Fixture;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.ReadBefore;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints whose config.json names a quantisation: MXFP4 of gpt_oss is decoded, all others are refused. */
class QuantizedWeightsTest {
    private static final String RELEASED = "gpt_oss-mxfp4";

    private static ObjectNode config(String fixture, String method) {
        ObjectNode config = Stream.concat(Fixture.all(), Fixture.ofTransformers())
                .filter(one -> one.toString().equals(fixture))
                .findFirst()
                .orElseThrow()
                .config()
                .deepCopy();
        config.putObject("quantization_config").put("quant_method", method).put("bits", 4);
        return config;
    }

    @ParameterizedTest(name = "{0} of {1}")
    @CsvSource({
        "mxfp4, qwen3, Mxfp4Config(dequantize=True)",
        "fp8, llama, FineGrainedFP8Config(dequantize=True)",
        "compressed-tensors, gpt_oss-no-window-default, CompressedTensorsConfig(dequantize=True)",
        "bitsandbytes, gemma3_text, .dequantize().save_pretrained",
        "gptq, gla, .dequantize().save_pretrained",
    })
    void weightsOfAnotherMethodAreRefusedWithTheLinesThatDequantiseThem(String method, String fixture, String remedy) {
        assertThatThrownBy(() -> Architecture.of(config(fixture, method)))
                .isInstanceOf(ModelException.class)
                .hasMessageStartingWith("config.json: quantization_config.quant_method: expected weights without")
                .hasMessageContaining(
                        "found \"" + method + "\"; dequantise it with Python's transformers:\n  python3 -c")
                .hasMessageContaining(remedy)
                .hasMessageContaining("save_pretrained('NEW')");
    }

    @Test
    void aBlockThatNamesNoMethodIsRefused() {
        ObjectNode config = config("llama", "x");
        config.putObject("quantization_config").put("bits", 8);
        assertThatThrownBy(() -> Architecture.of(config))
                .hasMessageContaining("quantization_config.quant_method: expected weights without quantisation, found");
    }

    /** The released names stay in a converted checkpoint, byte for byte, and what it answers with is the decoded. */
    @Test
    void aConvertedCheckpointKeepsThePackedWeightsAndAnswersAsThePromptedModel(@TempDir Path directory) {
        Fixture fixture = Fixture.ofTransformers()
                .filter(one -> one.toString().equals(RELEASED))
                .findFirst()
                .orElseThrow();
        Fixture.Case last = fixture.cases().get(fixture.cases().size() - 1);
        Checkpoint released = Checkpoint.open(fixture.directory());
        Path converted = directory.resolve("converted");
        try (LanguageModel model = fixture.load(DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState state = new KvCacheConversion()
                    .convert(model, batch, last.context())
                    .state();
            ConvertedCheckpoint.write(released, state, StoredType.F64, ReadBefore.NOTHING, converted);
        }
        Checkpoint written = Checkpoint.open(converted);
        String packed = "model.layers.0.mlp.experts.down_proj_blocks";
        assertThat(written.stored().storedType(packed)).isEqualTo(StoredType.U8);
        assertThat(written.stored().names()).containsAll(released.stored().names());
        try (LanguageModel model = LanguageModel.load(written, DataType.FLOAT64, Device.cpu());
                NDManager batch = model.newBatch()) {
            NDArray logits = model.logits(model.prompted(
                    batch,
                    List.of(PromptTree.of(TokenSequence.EMPTY, last.query())),
                    Padding.LONGEST,
                    RunObserver.NONE));
            double[] right =
                    Stream.of(last.logits()).flatMapToDouble(Arrays::stream).toArray();
            Closeness.assertClose(RELEASED, logits.toDoubleArray(), right, 1e-9);
        }
    }
}
