package org.iclsweep.datasets.template;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class LabelWordsTest {
    @Test
    void emptyAndEqualWordsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LabelWords(List.of(" a", "")))
                .withMessage("labels: expected words for each, found [ a, ]; no label may be empty");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LabelWords(List.of(" a", " b", " a")))
                .withMessage("labels: expected words that differ, found [ a,  b,  a]; give each its own");
    }
}
