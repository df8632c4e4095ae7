package org.iclsweep.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.training.HeldOutText.Score;
import org.iclsweep.model.training.HeldOutText.Targets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Running text: what is trained on, and what is told of a text that is not. */
class LanguageModellingTest {
    private static final int[] COUNTING = IntStream.range(0, 40).toArray();

    @Test
    void aWindowBeginsAnywhereAndAsksForTheNextTokenAtEveryPosition() {
        EpisodeSource windows = TextWindows.of(new RunningText(COUNTING), 6, 8, 7);
        Set<Integer> starts = new HashSet<>();
        for (int step = 0; step < 60; step++) {
            TrainingBatch batch = windows.batch(step);
            assertThat(batch.rows()).hasSize(8);
            for (int row = 0; row < 8; row++) {
                int start = batch.rows().get(row).ids()[0];
                starts.add(start);
                assertThat(batch.rows().get(row).ids())
                        .containsExactly(IntStream.range(start, start + 6).toArray());
                assertThat(batch.positions()[row]).containsExactly(0, 1, 2, 3, 4, 5);
                assertThat(batch.targets()[row])
                        .containsExactly(IntStream.range(start + 1, start + 7).toArray());
            }
        }
        assertThat(starts).as("every window that has a token after it").hasSize(40 - 6);
    }

    @Test
    void windowsAreAFunctionOfSeedAndStep() {
        RunningText text = new RunningText(COUNTING);
        List<TokenSequence> first = TextWindows.of(text, 6, 4, 7).batch(5).rows();
        assertThat(TextWindows.of(text, 6, 4, 7).batch(5).rows()).isEqualTo(first);
        assertThat(TextWindows.of(text, 6, 4, 7).batch(6).rows()).isNotEqualTo(first);
        assertThat(TextWindows.of(text, 6, 4, 8).batch(5).rows()).isNotEqualTo(first);
    }

    @Test
    void filesAreReadInOrderAsBytesALineForEachText(@TempDir Path directory) throws Exception {
        Path first = Files.writeString(directory.resolve("a"), " = A = \n a b c d é . f g h i j \n");
        Path second = Files.writeString(directory.resolve("b"), "KING:\nIt is a good\nday.\n");
        RunningText text = RunningText.read(
                List.of(new TextSource.WikiText(first.toFile()), new TextSource.Speeches(second.toFile())));
        byte[] expected = "a b c d é .\nf g h i j\nIt is a good day.".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThat(text.tokens(0, text.length()))
                .containsExactly(IntStream.range(0, expected.length)
                        .map(i -> expected[i] & 0xff)
                        .toArray());
    }

    @Test
    void aTextThatIsShorterThanItsWindowsIsRefused() {
        RunningText text = new RunningText(1, 2, 3, 4);
        assertThatThrownBy(() -> TextWindows.of(text, 4, 1, 7))
                .isInstanceOf(TrainingException.class)
                .hasMessageContaining("4 bytes; needed are 5");
        assertThatThrownBy(() -> new HeldOutText(text, 4)).isInstanceOf(TrainingException.class);
    }

    /** One row at a time: what the model says after {@code before}, and whether it is {@code next}. */
    private static double[] lossAndHit(LanguageModel model, int[] before, int next) {
        try (NDManager batch = model.newBatch()) {
            float[] logits = model.logitsAt(batch, List.of(TokenSequence.of(before)), new int[][] {{before.length - 1}})
                    .toFloatArray();
            double sum = 0;
            int best = 0;
            for (int i = 0; i < logits.length; i++) {
                sum += Math.exp(logits[i]);
                best = logits[i] > logits[best] ? i : best;
            }
            return new double[] {Math.log(sum) - logits[next], best == next ? 1 : 0};
        }
    }

    private static Score oneByOne(LanguageModel model, int[] text, int tokens, Targets reading, int length) {
        double loss = 0;
        double right = 0;
        int targets = 0;
        for (int start = 0; start < tokens; start += length) {
            int[] window = Arrays.copyOfRange(text, start, start + length);
            int last = reading == Targets.WINDOWS ? length : length - 1;
            for (int i = 1; i <= last; i++) {
                int[] read = Arrays.copyOf(window, i);
                int[] before = reading == Targets.WINDOWS
                        ? read
                        : IntStream.concat(Arrays.stream(window), Arrays.stream(read))
                                .toArray();
                double[] found = lossAndHit(model, before, text[start + i]);
                loss += found[0];
                right += found[1];
                targets++;
            }
        }
        return new Score(reading, length, loss / targets, right / targets);
    }

    @ParameterizedTest(name = "{0}, {1} of 24 tokens, seed 3")
    @CsvSource({"WINDOWS, 2", "WINDOWS, 8", "WINDOWS, 24", "REPEATED, 2", "REPEATED, 12"})
    void theScoreOfATextIsThatOfItsTokensOneByOne(Targets reading, int length) {
        int[] text = new int[30];
        RandomStream random = RandomStream.of(3, 1);
        Arrays.setAll(text, i -> random.nextInt(11));
        try (LanguageModel model = LanguageModel.load(
                Configurations.ELU, InitialWeights.of(Configurations.ELU, 3), DataType.FLOAT32, Device.cpu())) {
            Score expected = oneByOne(model, text, 24, reading, length);
            Score found = new HeldOutText(new RunningText(text), 24).score(model, reading, length);
            assertThat(found.loss()).isCloseTo(expected.loss(), within(1e-5));
            assertThat(found.accuracy()).isEqualTo(expected.accuracy());
        }
    }
}
