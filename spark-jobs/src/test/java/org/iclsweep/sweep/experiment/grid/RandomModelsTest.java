package org.iclsweep.sweep.experiment.grid;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sizes that a block {@code random} leaves out. */
class RandomModelsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "gpt2 | {'n_embd':64,'n_layer':4,'n_head':4}",
                "linear_llama | {'hidden_size':64,'num_hidden_layers':4,'num_attention_heads':4,"
                        + "'intermediate_size':256,'num_key_value_heads':4}",
                "retnet | {'hidden_size':64,'num_hidden_layers':4,'num_heads':4,'intermediate_size':256}",
                "gated_deltanet | {'hidden_size':64,'num_hidden_layers':4,'num_heads':4,'intermediate_size':256,"
                        + "'head_dim':16,'expand_v':1}",
                "mamba2 | {'hidden_size':64,'num_hidden_layers':4,'num_heads':4,'head_dim':32}",
                "rwkv7 | {'hidden_size':64,'num_hidden_layers':4,'num_heads':4,'intermediate_size':256,'head_dim':16}"
            })
    void theSizesThatAreLeftOutFollowFromTheOthers(String type, String expected) throws IOException {
        Map<String, Object> block =
                new HashMap<>(Map.of("model_type", type, "hidden_size", 64, "layers", 4, "heads", 4, "seed", 1));
        Map<String, Object> fields = new HashMap<>(Map.of("model_type", type));
        JSON.readTree(expected.replace('\'', '"'))
                .fields()
                .forEachRemaining(
                        field -> fields.put(field.getKey(), field.getValue().asInt()));
        assertThat(JSON.convertValue(RandomModels.config(block), Map.class)).isEqualTo(fields);
    }
}
