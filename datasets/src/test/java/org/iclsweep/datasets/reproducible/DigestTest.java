package org.iclsweep.datasets.reproducible;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigestTest {
    @Test
    void differentlyCutContentHasDifferentDigests() {
        assertThat(List.of(
                        new Digest().add("ab").add("c").hex(),
                        new Digest().add("a").add("bc").hex(),
                        new Digest().add("abc").hex(),
                        new Digest().add(new int[] {1, 2}).hex(),
                        new Digest().add(new int[] {1}).add(new int[] {2}).hex(),
                        new Digest().add(1).add(2).hex(),
                        new Digest().add(1.0).add(2.0).hex(),
                        new Digest().add(new double[] {1, 2}).hex()))
                .doesNotHaveDuplicates()
                .allSatisfy(hex -> assertThat(hex).matches("[0-9a-f]{64}"));
    }

    @Test
    void theDigestOfKnownContentIsTheSha256OfItsBytes(@TempDir Path directory) throws IOException {
        Path config = Files.createDirectory(directory.resolve("sub")).resolve("config.json");
        Files.writeString(config, "{}");
        Path weights = Files.writeString(directory.resolve("weights"), "abc");

        // computed by Python's hashlib and struct
        assertThat(Digest.of("Stra\u00dfe"))
                .isEqualTo("58a3778c18c41726cd53c2a4c77dcbed8512f962d7e616717abee95ca41d0029");
        assertThat(new Digest()
                        .add("ab")
                        .add(-3)
                        .add(0.5)
                        .add(new double[] {1, -2})
                        .add(new int[] {1, 2, -1})
                        .hex())
                .isEqualTo("3d25bcd51c8fd103c2f8bedb78fae7d7306d72a75d34c68513b38edb43eeed4e");
        assertThat(new Digest()
                        .addFile("sub/config.json", config)
                        .addFile("weights", weights)
                        .hex())
                .isEqualTo("e29b88fd964745b822dae6470659355e35f8360093c68b1e86d9ad7be5e3bc9a");
        assertThat(Digest.of(weights)).isEqualTo(Digest.of("abc"));
    }

    @Test
    void aDigestsKeyIsItsFirstSixteenCharacters() {
        assertThat(Digest.key("ffffffffffffffff00")).isEqualTo(-1);
        assertThat(Digest.key("00000000000000ff99")).isEqualTo(255);
    }
}
