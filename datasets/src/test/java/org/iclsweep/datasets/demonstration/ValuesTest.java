package org.iclsweep.datasets.demonstration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ValuesTest {
    @Test
    void inputsAndAnswersAreEqualByContent() {
        assertThat(new Input.Vector(new double[] {1, 2}))
                .isEqualTo(new Input.Vector(new double[] {1, 2}))
                .hasSameHashCodeAs(new Input.Vector(new double[] {1, 2}))
                .isNotEqualTo(new Input.Vector(new double[] {1, 3}))
                .hasToString("Vector[1.0, 2.0]");
        assertThat(new Input.Tokens(new int[] {1, 2}))
                .isEqualTo(new Input.Tokens(new int[] {1, 2}))
                .hasSameHashCodeAs(new Input.Tokens(new int[] {1, 2}))
                .isNotEqualTo(new Answer.Tokens(new int[] {1, 2}))
                .hasToString("Tokens[1, 2]");
        assertThat(new Answer.Tokens(new int[] {1}))
                .isEqualTo(new Answer.Tokens(new int[] {1}))
                .hasSameHashCodeAs(new Answer.Tokens(new int[] {1}))
                .hasToString("Tokens[1]");
        assertThat(new Answer.Value(new double[] {1}))
                .isEqualTo(new Answer.Value(new double[] {1}))
                .hasSameHashCodeAs(new Answer.Value(new double[] {1}))
                .isNotEqualTo(new Answer.Value(new double[] {2}))
                .hasToString("Value[1.0]");
        assertThat(new Input.Text(Map.of("a", "1", "b", "2"))).isEqualTo(new Input.Text(Map.of("b", "2", "a", "1")));
    }

    @Test
    void whoChangesWhatWentInOrCameOutDoesNotChangeTheValue() {
        double[] numbers = {1};
        int[] ids = {1};
        Map<String, String> fields = new HashMap<>(Map.of("text", "a"));
        Input.Vector vector = new Input.Vector(numbers);
        Input.Tokens tokens = new Input.Tokens(ids);
        Input.Text text = new Input.Text(fields);
        Answer.Value value = new Answer.Value(numbers);
        Answer.Tokens answer = new Answer.Tokens(ids);
        numbers[0] = 9;
        ids[0] = 9;
        fields.put("text", "b");
        vector.values()[0] = 9;
        tokens.ids()[0] = 9;
        value.values()[0] = 9;
        answer.ids()[0] = 9;
        assertThat(vector.values()).containsExactly(1);
        assertThat(tokens.ids()).containsExactly(1);
        assertThat(value.values()).containsExactly(1);
        assertThat(answer.ids()).containsExactly(1);
        assertThat(text.fields()).containsEntry("text", "a");
    }

    @Test
    void aNegativeLabelIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Answer.Label(-1))
                .withMessage("expected a label's index of at least 0, found -1");
    }
}
