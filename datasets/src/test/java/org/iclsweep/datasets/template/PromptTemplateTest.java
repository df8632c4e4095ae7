package org.iclsweep.datasets.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.iclsweep.datasets.demonstration.Input;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptTemplateTest {
    private static final Input.Text FILM = new Input.Text(Map.of("text", "a fine {film} $1"));

    @Test
    void fieldsAndLabelAreReplacedAsTheyStandAndTheQueryEndsBeforeTheLabel() {
        PromptTemplate template = PromptTemplate.parse("Review: {text}\nSentiment:{label}\n");
        assertThat(template.query(FILM) + " very good" + template.afterLabel())
                .isEqualTo("Review: a fine {film} $1\nSentiment: very good\n");
        assertThat(template.query(FILM)).isEqualTo("Review: a fine {film} $1\nSentiment:");
    }

    @Test
    void everyDemonstrationBeginsWithItsQuery() {
        PromptTemplate template = PromptTemplate.parse("{premise} Therefore {hypothesis}? {premise}!{label}. ");
        Input.Text input = new Input.Text(Map.of("premise", "It rains.", "hypothesis", "it is wet", "more", "x"));
        assertThat(template.fields()).containsExactly("premise", "hypothesis");
        assertThat(template.query(input)).isEqualTo("It rains. Therefore it is wet? It rains.!");
        assertThat(template.afterLabel()).isEqualTo(". ");
    }

    @Test
    void doubledBracesAreSingleOnes() {
        PromptTemplate template = PromptTemplate.parse("{{\"t\": \"{text}\"}} {{label}} {{{text}}}={label}}}");
        assertThat(template.query(new Input.Text(Map.of("text", "a"))) + "L" + template.afterLabel())
                .isEqualTo("{\"t\": \"a\"} {label} {a}=L}");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "Review {text}                | expected {label} once, in the place of the answer, found none",
                "{text} {label} {label}       | expected {label} once, found it twice",
                "{label}: {text}              | expected all fields before {label}, where a query ends, found {text} behind it",
                "{text {label}                | expected the name of a field in braces, found {text {label}",
                "{text} {label} {             | expected {{ for a brace, found { without } at character 15",
                "{text} } {label}             | expected }} for a brace, found } without { at character 7",
                "{} {label}                   | expected the name of a field in braces, found {}",
                "{a b} {label}                | expected the name of a field in braces, found {a b}",
            })
    void aFaultyTemplateIsRefused(String template, String fault) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PromptTemplate.parse(template))
                .withMessage(fault + " in the template \"" + template + "\"");
    }

    @Test
    void aFieldThatTheExampleLacksIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PromptTemplate.parse("{txt}{label}").query(FILM))
                .withMessage("expected the field txt of the template, found [text]; name one of these");
    }
}
