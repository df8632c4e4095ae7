package org.iclsweep.datasets.reproducible;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ContentDigestTest {
    @Test
    void differentlyCutContentHasDifferentDigests() {
        assertThat(List.of(
                        new ContentDigest().add("ab").add("c").hex(),
                        new ContentDigest().add("a").add("bc").hex(),
                        new ContentDigest().add("abc").hex(),
                        new ContentDigest().add(new int[] {1, 2}).hex(),
                        new ContentDigest()
                                .add(new int[] {1})
                                .add(new int[] {2})
                                .hex(),
                        new ContentDigest().add(1).add(2).hex(),
                        new ContentDigest().add(1.0).add(2.0).hex(),
                        new ContentDigest().add(new double[] {1, 2}).hex()))
                .doesNotHaveDuplicates()
                .allSatisfy(hex -> assertThat(hex).matches("[0-9a-f]{64}"));
    }

    @Test
    void aDigestsKeyIsItsFirstSixteenCharacters() {
        assertThat(ContentDigest.key("ffffffffffffffff00")).isEqualTo(-1);
        assertThat(ContentDigest.key("00000000000000ff99")).isEqualTo(255);
    }
}
