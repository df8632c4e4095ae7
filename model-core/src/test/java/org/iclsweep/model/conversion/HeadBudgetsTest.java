package org.iclsweep.model.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The division of slots among heads. */
class HeadBudgetsTest {
    private static double[][] attention(int seed, int heads, int keys) {
        Random random = new Random(seed);
        return IntStream.range(0, heads)
                .mapToObj(head -> {
                    double sharpness = 1 + 8 * random.nextDouble();
                    double[] paid = random.doubles(keys)
                            .map(x -> Math.exp(sharpness * x))
                            .toArray();
                    double sum = Arrays.stream(paid).sum();
                    return Arrays.stream(paid).map(x -> x / sum).toArray();
                })
                .toArray(double[][]::new);
    }

    @ParameterizedTest(name = "{0} slots")
    @ValueSource(ints = {1, 2, 7, 16, 39})
    void headsHaveAllSlotsTogetherAndAQuarterOfTheEvenShareEach(int slots) {
        int[] budgets = HeadBudgets.of(attention(slots, 12, 40), slots);
        assertThat(Arrays.stream(budgets).sum()).isEqualTo(12 * slots);
        assertThat(Arrays.stream(budgets).boxed())
                .allSatisfy(budget -> assertThat(budget).isBetween(Math.max(1, slots / 4), 40));
    }

    /** By hand: every division that leaves each head its own share is tried. */
    @Test
    void noOtherDivisionCoversMoreAttention() {
        double[][] attention = attention(3, 3, 9);
        int[] budgets = HeadBudgets.of(attention, 4);
        double best = 0;
        for (int first = 1; first <= 9; first++) {
            for (int second = 1; second <= 9; second++) {
                int third = 12 - first - second;
                if (third >= 1 && third <= 9) {
                    best = Math.max(best, covered(attention, first, second, third));
                }
            }
        }
        assertThat(covered(attention, budgets)).isCloseTo(best, within(1e-12));
    }

    private static double covered(double[][] attention, int... budgets) {
        return IntStream.range(0, budgets.length)
                .mapToDouble(head -> Arrays.stream(attention[head])
                        .boxed()
                        .sorted((a, b) -> Double.compare(b, a))
                        .limit(budgets[head])
                        .mapToDouble(x -> x)
                        .sum())
                .sum();
    }
}
