package org.iclsweep.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.iclsweep.datasets.reproducible.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Vectors of tokens against the dense computation of their definition. */
class WordVectorsTest {
    private static final int WORDS_FROM = 2;

    /** Texts in which tokens of one of four topics stand together; token {@code vocabulary} − 1 is never there. */
    private static List<int[]> texts(Random random, int vocabulary, int count) {
        List<int[]> texts = new ArrayList<>();
        for (int t = 0; t < count; t++) {
            int topic = random.nextInt(4);
            int[] text = random.ints(random.nextInt(30), 0, vocabulary - 1).toArray();
            for (int i = 0; i < text.length; i++) {
                text[i] = random.nextInt(3) == 0 ? text[i] : Math.min(vocabulary - 2, text[i] / 4 * 4 + topic);
            }
            texts.add(text);
        }
        return texts;
    }

    private static double[][] densePpmi(List<int[]> texts, int vocabulary, int window) {
        double[][] counts = new double[vocabulary][vocabulary];
        for (int[] text : texts) {
            for (int i = 0; i < text.length; i++) {
                for (int j = 0; j < text.length; j++) {
                    boolean near = i != j && Math.abs(i - j) <= window;
                    if (near && text[i] >= WORDS_FROM && text[j] >= WORDS_FROM) {
                        counts[text[i]][text[j]]++;
                    }
                }
            }
        }
        double[] sums = Arrays.stream(counts)
                .mapToDouble(row -> Arrays.stream(row).sum())
                .toArray();
        double total = Arrays.stream(sums).sum();
        double[][] ppmi = new double[vocabulary][vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            for (int j = 0; j < vocabulary; j++) {
                ppmi[i][j] = counts[i][j] == 0 ? 0 : Math.max(0, Math.log(counts[i][j] * total / (sums[i] * sums[j])));
            }
        }
        return ppmi;
    }

    @Test
    void theVectorsOfASeedAreTheSameBitsAsEver() {
        Digest digest = new Digest();
        for (double[] vector : new WordVectors(24, WORDS_FROM, 6, 3, 0.5, 11).of(texts(new Random(5), 24, 40))) {
            digest.add(vector);
        }
        assertThat(digest.hex()).startsWith("ff9ace88448ddebc");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void theSparseMatrixIsTheDefinition(long seed) {
        List<int[]> texts = texts(new Random(seed), 30, 80);
        SymmetricMatrix sparse =
                SymmetricMatrix.counts(texts, 30, WORDS_FROM, 3).positivePointwiseMutualInformation();
        double[][] dense = densePpmi(texts, 30, 3);
        RealMatrix entries = sparse.times(MatrixUtils.createRealIdentityMatrix(30));
        for (int i = 0; i < 30; i++) {
            for (int j = 0; j < 30; j++) {
                assertThat(entries.getEntry(i, j)).as("%d, %d", i, j).isCloseTo(dense[i][j], within(1e-12));
            }
        }
    }

    @ParameterizedTest(name = "{0} tokens")
    @ValueSource(ints = {40, 300})
    void anglesBetweenVectorsAreThoseOfTheLeadingEigenvectors(int vocabulary) {
        double power = 0.25;
        List<int[]> texts = texts(new Random(4), vocabulary, 40 * vocabulary);
        int dimension = 3;
        double[][] vectors = new WordVectors(vocabulary, WORDS_FROM, dimension, 5, power, 11).of(texts);
        EigenDecomposition dense = new EigenDecomposition(new Array2DRowRealMatrix(densePpmi(texts, vocabulary, 5)));
        double[] values = dense.getRealEigenvalues();
        int[] leading = IntStream.range(0, vocabulary)
                .boxed()
                .sorted((a, b) -> Double.compare(Math.abs(values[b]), Math.abs(values[a])))
                .limit(dimension)
                .mapToInt(Integer::intValue)
                .toArray();
        double[][] expected = new double[vocabulary][dimension];
        for (int i = 0; i < vocabulary; i++) {
            for (int k = 0; k < dimension; k++) {
                expected[i][k] = dense.getV().getEntry(i, leading[k]) * Math.pow(Math.abs(values[leading[k]]), power);
            }
        }
        for (int i = WORDS_FROM; i < vocabulary - 1; i++) {
            for (int j = WORDS_FROM; j < i; j++) {
                assertThat(cosine(vectors[i], vectors[j]))
                        .as("%d, %d", i, j)
                        .isCloseTo(cosine(expected[i], expected[j]), within(1e-5));
            }
        }
    }

    @Test
    void everyVectorHasLengthOneAndTheCompanionlessAboutOne() {
        double[][] vectors = new WordVectors(100, WORDS_FROM, 64, 5, 0.5, 1).of(texts(new Random(5), 100, 2000));
        assertThat(vectors).hasDimensions(100, 64);
        for (int i = 0; i < 100; i++) {
            boolean company = i >= WORDS_FROM && i < 99;
            assertThat(Math.sqrt(dot(vectors[i], vectors[i]))).isCloseTo(1, within(company ? 1e-12 : 0.5));
        }
        assertThat(dot(vectors[0], vectors[1])).isNotZero();
    }

    @Test
    void tokensThatKeepTheSameCompanyAreNear() {
        Random random = new Random(6);
        List<int[]> texts = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            int topic = random.nextInt(2);
            // 2 and 3 stand among 10 to 19, 4 and 5 among 20 to 29; the two of a pair are never in one text.
            int[] text = random.ints(6, 10 + 10 * topic, 20 + 10 * topic).toArray();
            text[random.nextInt(6)] = 2 + 2 * topic + random.nextInt(2);
            texts.add(text);
        }
        double[][] vectors = new WordVectors(30, WORDS_FROM, 8, 5, 0.5, 1).of(texts);
        assertThat(cosine(vectors[2], vectors[3])).isGreaterThan(cosine(vectors[2], vectors[4]) + 0.5);
        assertThat(cosine(vectors[4], vectors[5])).isGreaterThan(cosine(vectors[3], vectors[5]) + 0.5);
    }

    @Test
    void centredVectorsHaveLengthOneAndLackTheirWeightedMean() {
        List<int[]> texts = texts(new Random(8), 20, 300);
        WordVectors settings = new WordVectors(20, WORDS_FROM, 4, 5, 0.5, 1);
        double[][] vectors = settings.of(texts);
        double[] mean = new double[4];
        double total = 0;
        for (int i = WORDS_FROM; i < 20; i++) {
            int id = i;
            long occurrences = texts.stream()
                    .flatMapToInt(Arrays::stream)
                    .filter(t -> t == id)
                    .count();
            long with = texts.stream()
                    .filter(text -> Arrays.stream(text).anyMatch(t -> t == id))
                    .count();
            double weight = occurrences * Math.max(0, Math.log(300.0 / (1 + with)));
            total += weight;
            for (int k = 0; k < 4; k++) {
                mean[k] += weight * vectors[i][k];
            }
        }
        double[][] centred = settings.centred(vectors, TokenStatistics.of(texts, 20));
        for (int i = 0; i < 20; i++) {
            double[] expected = new double[4];
            for (int k = 0; k < 4; k++) {
                expected[k] = vectors[i][k] - mean[k] / total;
            }
            assertThat(dot(centred[i], centred[i])).isCloseTo(1, within(1e-12));
            assertThat(cosine(centred[i], expected)).isCloseTo(1, within(1e-12));
        }
    }

    @Test
    void theSameTextsAndSeedGiveTheSameBits() {
        List<int[]> texts = texts(new Random(7), 60, 500);
        WordVectors vectors = new WordVectors(60, WORDS_FROM, 16, 5, 0.5, 3);
        assertThat(vectors.of(texts)).isDeepEqualTo(vectors.of(texts));
        assertThat(new WordVectors(60, WORDS_FROM, 16, 5, 0.5, 4).of(texts)[0]).isNotEqualTo(vectors.of(texts)[0]);
    }

    @Test
    void thereMayBeFewerTokensThanDimensionsAndNoTextsAtAll() {
        double[][] vectors = new WordVectors(5, WORDS_FROM, 12, 5, 0.5, 1).of(List.of(new int[] {2, 3, 2, 4, 3}));
        assertThat(vectors).hasDimensions(5, 12);
        assertThat(Arrays.stream(vectors).flatMapToDouble(Arrays::stream)).allMatch(Double::isFinite);
        assertThat(new WordVectors(5, WORDS_FROM, 12, 5, 0.5, 1).of(List.of())).hasDimensions(5, 12);
    }

    private static double cosine(double[] a, double[] b) {
        return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    }

    private static double dot(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
    }
}
