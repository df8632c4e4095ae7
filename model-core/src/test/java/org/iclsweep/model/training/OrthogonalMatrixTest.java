package org.iclsweep.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OrthogonalMatrixTest {
    @ParameterizedTest(name = "[{0}, {1}]")
    @CsvSource({"3, 7, 0044147fc925920e", "7, 3, 09ff7fe02dc8a01e"})
    void theMatrixOfASeedIsTheSameBitsAsEver(int rows, int columns, String sha256) {
        float[] matrix = OrthogonalMatrix.random(RandomStream.of(3, 1), rows, columns);

        double[] values =
                IntStream.range(0, matrix.length).mapToDouble(i -> matrix[i]).toArray();
        assertThat(new Digest().add(values).hex()).startsWith(sha256);
    }
}
