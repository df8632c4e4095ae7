package org.iclsweep.sweep.experiment.grid;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.DemonstrationSet;
import org.iclsweep.datasets.demonstration.Episode;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.template.PromptTemplate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A query is leaked where its prompt is among those of its demonstrations. */
class LeakedQueriesTest {
    private static final PromptTemplate TEXT = PromptTemplate.parse("Review: {text}\nSentiment:{label}\n");

    private static Demonstration example(long id, Input input) {
        return new Demonstration(id, input, new Answer.Label(0));
    }

    private static Episode episode(boolean leaked, Input shown, Input asked) {
        DemonstrationSet set = DemonstrationSet.of("t", "sampled", "gold", 1, List.of(example(0, shown)));
        return new Episode(set, List.of(example(1, asked)), leaked);
    }

    @ParameterizedTest(name = "\"{0}\" among \"film 0\": {1}")
    @CsvSource({
        "film 0, true",
        "'film 0 ', true",
        "'film  0', true",
        "'film\t0\n', true",
        "film 1, false",
        "Film 0, false"
    })
    void textsAreComparedAsTheTemplateShowsThemButForWhiteSpace(String asked, boolean leaked) {
        Input shown = new Input.Text(Map.of("text", "film 0", "idx", "0"));
        Input query = new Input.Text(Map.of("text", asked, "idx", "100"));
        assertThat(LeakedQueries.among(episode(false, shown, query), TEXT)).isEqualTo(leaked);
        assertThat(LeakedQueries.among(episode(false, shown, query), PromptTemplate.parse("{idx} {text}{label}")))
                .isFalse();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"true", "false"})
    void otherInputsAreComparedWhereTheyAreDrawn(boolean leaked) {
        Input vector = new Input.Vector(new double[] {1});
        assertThat(LeakedQueries.among(episode(leaked, vector, vector), null)).isEqualTo(leaked);
        assertThat(LeakedQueries.among(episode(leaked, vector, vector), TEXT)).isEqualTo(leaked);
    }
}
