package org.iclsweep.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.Input;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextMaterialTest {
    private static TextPool pool() {
        Map<String, Map<String, List<String>>> labelled = Map.of(
                "colours", Map.of("warm", List.of("6 7", "7 6 6"), "cold", List.of("8 9 9"), "grey", List.of("10")));
        return new TextPool(
                new TrainingTexts(labelled, List.of("6 8 10")), word -> new int[] {Integer.parseInt(word)}, 6);
    }

    private static EpisodeSource episodes(double dropout) {
        TextEpisodes settings = new TextEpisodes(
                List.of(), 32, 6, 24, dropout, 4, 3, new TextEpisodes.Weights(1, 0, 0, 0), null, 96, 0.25);
        return new TextEpisodeSource(pool(), settings, 7);
    }

    @Test
    void anEpisodeAsksAtEveryArrowButTheFirstForTheLabelThatStandsAfterIt() {
        TrainingBatch batch = episodes(0).batch(0);
        for (int row = 0; row < 6; row++) {
            int[] tokens = batch.rows().get(row).ids();
            int[] arrows = IntStream.range(0, tokens.length)
                    .filter(i -> tokens[i] == 1)
                    .toArray();
            assertThat(batch.positions()[row]).containsExactly(Arrays.copyOfRange(arrows, 1, arrows.length));
            for (int i = 1; i < arrows.length; i++) {
                assertThat(batch.targets()[row][i - 1])
                        .isEqualTo(tokens[arrows[i] + 1])
                        .isBetween(2, 5);
            }
        }
    }

    @Test
    void aClassKeepsItsLabelWithinAnEpisodeAndGetsAnotherInOthers() {
        Set<Integer> ofWarm = new java.util.HashSet<>();
        for (int step = 0; step < 8; step++) {
            for (var row : episodes(0).batch(step).rows()) {
                int[] tokens = row.ids();
                Set<Integer> here = new java.util.HashSet<>();
                for (int i = 1; i < tokens.length - 1; i++) {
                    if (tokens[i] == 1 && (tokens[i - 1] == 6 || tokens[i - 1] == 7)) {
                        here.add(tokens[i + 1]);
                    }
                }
                assertThat(here).hasSizeLessThanOrEqualTo(1);
                ofWarm.addAll(here);
            }
        }
        assertThat(ofWarm).hasSize(4);
    }

    @Test
    void episodesAreAFunctionOfTheStep() {
        TrainingBatch first = episodes(0.2).batch(5);
        assertThat(episodes(0.2).batch(5).rows()).isEqualTo(first.rows());
        assertThat(episodes(0.2).batch(6).rows()).isNotEqualTo(first.rows());
    }

    @Test
    void filesOfTextsAreReadInTheirForms(@TempDir Path directory) throws Exception {
        Path wiki = Files.writeString(directory.resolve("w"), " = A = \n\n A b @-@ c <unk> d e . E f g h i ? J . \n");
        assertThat(new TextSource.WikiText(wiki.toFile()).texts()).containsExactly("A b-c   d e .", "E f g h i ?");
        Path plays = Files.writeString(directory.resolve("p"), "KING:\nIt is a good\nday to die.\n\nFOOL:\nNo.\n");
        assertThat(new TextSource.Speeches(plays.toFile()).texts()).containsExactly("It is a good day to die.");
        Path rows = Files.writeString(
                directory.resolve("r"), "{\"text\": \"x\", \"label\": \"a\"}\n{\"text\": \"y\", \"label\": \"b\"}\n");
        assertThat(new TextSource.Labelled("r", rows.toFile(), Set.of("b")).classes())
                .isEqualTo(Map.of("a", List.of("x")));
    }

    @Test
    void nearestCentroidAndRidgeTellSeparatedTextsApart() {
        List<Input> shown = List.of(text("pay my bill"), text("pay the bill now"), text("play some music"));
        ClassicalBaselines baselines = new ClassicalBaselines(shown, new int[] {0, 0, 1}, 2);
        List<Input> queries = List.of(text("which bill"), text("music please"));
        assertThat(baselines.nearestCentroid(queries)).containsExactly(0, 1);
        assertThat(baselines.ridge(queries)).containsExactly(0, 1);
    }

    private static Input text(String text) {
        return new Input.Text(Map.of("text", text));
    }
}
