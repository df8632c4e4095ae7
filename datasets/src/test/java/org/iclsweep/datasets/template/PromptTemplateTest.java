package org.iclsweep.datasets.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import java.util.Set;
import org.iclsweep.datasets.demonstration.Input;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptTemplateTest {
    private static final Input.Text FILM = new Input.Text(Map.of("text", "a fine {film} $1"));

    @Test
    void fieldsAndLabelAreReplacedAsTheyStandAndTheQueryEndsBeforeTheLabel() {
        PromptTemplate template = PromptTemplate.parse("Review: {text}\nSentiment:{label}\n");
        assertThat(template.demonstration(FILM, " very good"))
                .isEqualTo("Review: a fine {film} $1\nSentiment: very good\n");
        assertThat(template.query(FILM)).isEqualTo("Review: a fine {film} $1\nSentiment:");
    }

    @Test
    void everyDemonstrationBeginsWithItsQuery() {
        PromptTemplate template = PromptTemplate.parse("{premise} Therefore {hypothesis}? {premise}!{label}. ");
        Input.Text input = new Input.Text(Map.of("premise", "It rains.", "hypothesis", "it is wet", "more", "x"));
        assertThat(template.fields()).containsExactly("premise", "hypothesis");
        assertThat(template.query(input)).isEqualTo("It rains. Therefore it is wet? It rains.!");
        assertThat(template.demonstration(input, " yes")).isEqualTo(template.query(input) + " yes. ");
    }

    @Test
    void doubledBracesAreSingleOnes() {
        PromptTemplate template = PromptTemplate.parse("{{\"t\": \"{text}\"}} {{label}} {{{text}}}={label}}}");
        assertThat(template.demonstration(new Input.Text(Map.of("text", "a")), "L"))
                .isEqualTo("{\"t\": \"a\"} {label} {a}=L}");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "Review {text}                | found no {label}, expected it once, in the place of the answer",
                "{text} {label} {label}       | found {label} twice, expected it once",
                "{label}: {text}              | found {text} behind {label}, expected all fields before it: the query ends there",
                "{text {label}                | found {text {label}, expected the name of a field in braces",
                "{text} {label} {             | found { without } at character 15, expected {{ for a brace",
                "{text} } {label}             | found } without { at character 7, expected }} for a brace",
                "{} {label}                   | found {}, expected the name of a field in braces",
                "{a b} {label}                | found {a b}, expected the name of a field in braces",
            })
    void aFaultyTemplateIsRefused(String template, String fault) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PromptTemplate.parse(template))
                .withMessage("template \"" + template + "\": " + fault);
    }

    @Test
    void aNameThatNoExampleHasIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PromptTemplate.parse("{txt}\n{label}", Set.of("text")))
                .withMessage("template \"{txt}\\n{label}\": found {txt}, expected {label} or one of the fields [text]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PromptTemplate.parse("{txt}{label}").query(FILM))
                .withMessage("the example has no field \"txt\": [text]");
    }
}
