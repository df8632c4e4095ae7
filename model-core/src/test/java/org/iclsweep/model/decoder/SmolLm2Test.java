package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.datasets.pretrained.SmolLm2;
import org.iclsweep.model.prompt.ChatTemplate;
import org.iclsweep.model.prompt.Turn;
import org.junit.jupiter.api.Test;

/** SmolLM2-135M-Instruct. */
class SmolLm2Test extends TrainedModelLaws {
    @Override
    Path directory() {
        return SmolLm2.directory();
    }

    @Override
    JsonNode expected() {
        return SmolLm2.expected();
    }

    /** 1.6e-5 was measured, of logits up to 40. */
    @Override
    double float32() {
        return 1e-4;
    }

    @Override
    List<String> inFloat64() {
        return List.of("review", "chat");
    }

    @Test
    void aChatIsRenderedByTheModelsOwnTemplate() {
        ChatTemplate template = ChatTemplate.of(directory()).orElseThrow();
        JsonNode chat = recorded("chat");
        List<Turn> context = List.of(Turn.user("Is 'a dull film' positive or negative?"), Turn.assistant("negative"));
        List<Turn> all = Stream.concat(
                        context.stream(), Stream.of(Turn.user("Is 'a warm picture' positive or negative?")))
                .toList();
        assertThat(template.render(all, true)).isEqualTo(chat.get("text").asText());
        assertThat(template.render(context, false))
                .isEqualTo(template.beforeQuery(context))
                .isEqualTo(chat.get("context_text").asText());
    }
}
