package org.iclsweep.datasets.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LabelWordsTest {
    private static final List<String> POOL = List.of("<l0>", "<l1>", "<l2>", "<l3>", "<l4>");

    @Test
    void wordsAreDealtBySeedWithoutRepeatingAndEveryWordComesEquallyOften() {
        Map<String, Integer> first = new HashMap<>();
        for (long seed = 0; seed < 5000; seed++) {
            LabelWords words = LabelWords.dealt(POOL, 3, seed);
            assertThat(words).isEqualTo(LabelWords.dealt(POOL, 3, seed));
            assertThat(words.words()).hasSize(3).doesNotHaveDuplicates().isSubsetOf(POOL);
            first.merge(words.of(0), 1, Integer::sum);
        }
        assertThat(first).hasSize(5);
        assertThat(first.values())
                .allSatisfy(count -> assertThat(count / 5000.0).isCloseTo(0.2, within(0.03)));
    }

    @Test
    void aPoolThatIsTooSmallIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LabelWords.dealt(List.of("a", "b"), 3, 1))
                .withMessage("the pool has 2 words, too few for 3 labels: [a, b]");
    }

    @Test
    void emptyAndEqualWordsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LabelWords(List.of(" a", "")))
                .withMessage("a label's words cannot be empty: [ a, ]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LabelWords(List.of(" a", " b", " a")))
                .withMessage("two labels cannot have the same words: [ a,  b,  a]");
    }
}
