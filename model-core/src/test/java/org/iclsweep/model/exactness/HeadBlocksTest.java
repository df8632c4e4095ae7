package org.iclsweep.model.exactness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.model.Models;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.PositionScores.Request;
import org.iclsweep.model.tensor.Doubles;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scores of positions, however the logits are cut, against plain loops over whole rows of them. */
class HeadBlocksTest {
    private static final int POSITIONS = 11;
    private static final int WIDTH = 32;

    @ParameterizedTest(name = "{0} positions and {1} tokens at a time, model {2}")
    @CsvSource({"3, 5, linear_llama", "11, 64, linear_llama", "1, 1, linear_llama", "4, 63, gemma", "100, 7, gemma"})
    void theScoresAreThoseOfWholeRowsOfLogits(int height, int width, String name) {
        // The logits of the second are capped, and its head is the embedding.
        ObjectNode config = name.equals("gemma") ? capped() : Models.linearLlama(WIDTH, 1);
        try (LanguageModel model = Models.load(config, 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            Random random = new Random(7);
            NDArray prompted = hidden(batch, random);
            NDArray converted = prompted.add(hidden(batch, random).mul(0.1));
            List<Request> requests = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                requests.add(new Request(random.nextInt(POSITIONS), random.nextInt(Models.VOCABULARY)));
            }
            HeadBlocks head = new HeadBlocks(model, height, width);
            PositionScores.Compared found = PositionScores.compare(head, prompted, converted, requests);
            double[][] p = Doubles.rows(model.logits(prompted));
            double[][] c = Doubles.rows(model.logits(converted));
            assertScores(found.prompted(), p, requests);
            assertScores(found.converted(), c, requests);
            assertScores(PositionScores.of(head, converted, requests), c, requests);
            for (int i = 0; i < POSITIONS; i++) {
                double[] difference = Vectors.difference(c[i], p[i]);
                double largest = Arrays.stream(difference).map(Math::abs).max().orElseThrow();
                double squared = Vectors.dot(difference, difference);
                assertThat(found.maxAbsolute()[i]).isCloseTo(largest, within(1e-12 * largest));
                assertThat(found.squaredDifference()[i]).isCloseTo(squared, within(1e-12 * squared));
                assertThat(found.kl()[i]).isPositive().isCloseTo(divergence(p[i], c[i]), within(1e-12));
            }
        }
    }

    private static ObjectNode capped() {
        ObjectNode config = Models.of("gemma3_text", WIDTH, 1);
        config.put("final_logit_softcapping", 2.0);
        return config;
    }

    /** Large enough for the largest logit to change from block to block. */
    private static NDArray hidden(NDManager batch, Random random) {
        double[] numbers =
                random.doubles((long) POSITIONS * WIDTH).map(u -> 20 * u - 10).toArray();
        return batch.create(numbers, new Shape(POSITIONS, WIDTH));
    }

    private static void assertScores(PositionScores found, double[][] logits, List<Request> requests) {
        for (int i = 0; i < POSITIONS; i++) {
            double norm = Vectors.dot(logits[i], logits[i]);
            assertThat(found.top()[i]).isEqualTo(Vectors.argmax(logits[i]));
            assertThat(found.squares()[i]).isCloseTo(norm, within(1e-12 * norm));
        }
        for (int i = 0; i < requests.size(); i++) {
            double[] row = logits[requests.get(i).position()];
            double expected = row[requests.get(i).token()] - logSumExp(row);
            assertThat(found.logLikelihoods()[i]).isCloseTo(expected, within(1e-12));
        }
    }

    private static double logSumExp(double[] row) {
        return Math.log(Arrays.stream(row).map(Math::exp).sum());
    }

    private static double divergence(double[] p, double[] c) {
        double sum = 0;
        for (int v = 0; v < p.length; v++) {
            double ofP = p[v] - logSumExp(p);
            sum += Math.exp(ofP) * (ofP - (c[v] - logSumExp(c)));
        }
        return sum;
    }
}
