package org.iclsweep.datasets.demonstration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.SamplingPlan.LabelMode;
import org.iclsweep.datasets.demonstration.SamplingPlan.Order;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.datasets.task.TaskCatalogue;
import org.iclsweep.datasets.task.Tasks;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EpisodeSamplerTest {
    private static final SamplingPlan PLAN =
            new SamplingPlan(7, Sampling.BALANCED, true, Order.SAMPLED, LabelMode.GOLD, 6);
    private static final Task CLUSTERS = Tasks.clusters();

    static Stream<Arguments> tasksAndSets() {
        return Tasks.all()
                .flatMap(task ->
                        IntStream.of(0, 1, 999).mapToObj(set -> Arguments.of(Named.of(task.name(), task), set)));
    }

    static Stream<Arguments> classificationsAndSets() {
        return Tasks.classifications()
                .flatMap(task ->
                        IntStream.of(0, 1, 999).mapToObj(set -> Arguments.of(Named.of(task.name(), task), set)));
    }

    @ParameterizedTest(name = "{0}, set {1}")
    @MethodSource("tasksAndSets")
    void anEpisodeIsAPureFunctionOfContentSeedIndexAndShots(Task task, int set) {
        int shots = shots(task, 8);
        Episode episode = EpisodeSampler.episode(task, PLAN, set, shots);
        assertThat(EpisodeSampler.episode(task, PLAN, set, shots)).isEqualTo(episode);
        assertThat(EpisodeSampler.episode(task, PLAN, set + 1, shots)
                        .demonstrations()
                        .id())
                .isNotEqualTo(episode.demonstrations().id());
        assertThat(EpisodeSampler.episode(task, withSeed(8), set, shots)
                        .demonstrations()
                        .id())
                .isNotEqualTo(episode.demonstrations().id());
        assertThat(episode.demonstrations().shots()).isEqualTo(shots);
        assertThat(episode.queries()).hasSize(6);
    }

    @Test
    void theSetsOfTheseTasksAreTheSameForEver() {
        assertThat(EpisodeSampler.episode(CLUSTERS, PLAN, 3, 8).demonstrations().id())
                .as("pinned: differs where a machine or a version computes differently")
                .isEqualTo("6528693c9dec14e5");
        assertThat(EpisodeSampler.episode(Tasks.topics(), PLAN, 3, 8)
                        .demonstrations()
                        .id())
                .isEqualTo("6a0a074ee2a65de2");
    }

    @Test
    void theTasksNameDoesNotChangeItsSets() {
        assertThat(EpisodeSampler.episode(
                                TaskCatalogue.create("other", Map.of("type", "gaussian-clusters")), PLAN, 3, 8)
                        .demonstrations()
                        .id())
                .isEqualTo(EpisodeSampler.episode(CLUSTERS, PLAN, 3, 8)
                        .demonstrations()
                        .id());
    }

    @ParameterizedTest(name = "{0}, set {1}")
    @MethodSource("tasksAndSets")
    void nestedSetsArePrefixesOfEachOtherWithTheSameQueriesAndSeed(Task task, int set) {
        int most = shots(task, 16);
        Episode longest = EpisodeSampler.episode(task, PLAN, set, most);
        for (int k = 0; k <= most; k++) {
            Episode episode = EpisodeSampler.episode(task, PLAN, set, k);
            assertThat(episode.demonstrations())
                    .isEqualTo(longest.demonstrations().prefix(k));
            assertThat(episode.queries()).isEqualTo(longest.queries());
        }
    }

    @ParameterizedTest(name = "nested: {0}")
    @ValueSource(booleans = {true, false})
    void otherDemonstrationsGoOnWithTheDrawOfASet(boolean nested) {
        Task task = Tasks.with(Tasks.topicsBlock(), "ways", 3).load();
        SamplingPlan plan = new SamplingPlan(7, Sampling.BALANCED, nested, Order.SAMPLED, LabelMode.PERMUTED, 6);
        for (int set = 0; set < 20; set++) {
            DemonstrationSet shown = EpisodeSampler.episode(task, plan, set, 9).demonstrations();
            List<Demonstration> others = EpisodeSampler.others(task, plan, shown);
            assertThat(others).hasSize(9).doesNotContainAnyElementsOf(shown.demonstrations());
            assertThat(meanings(others)).isEqualTo(meanings(shown.demonstrations()));
        }
        DemonstrationSet all = EpisodeSampler.episode(task, plan, 0, 150).demonstrations();
        assertThat(EpisodeSampler.others(task, plan, all)).isEmpty();
    }

    @ParameterizedTest(name = "nested: {0}")
    @ValueSource(booleans = {true, false})
    void unseenExamplesAreNeitherShownNorAskedAndTheSameEveryTime(boolean nested) {
        Task task = Tasks.with(Tasks.topicsBlock(), "ways", 3).load();
        SamplingPlan plan = new SamplingPlan(7, Sampling.BALANCED, nested, Order.SAMPLED, LabelMode.GOLD, 6);
        for (int set = 0; set < 20; set++) {
            Episode episode = EpisodeSampler.episode(task, plan, set, 9);
            List<Demonstration> unseen = EpisodeSampler.unseen(task, plan, episode, 12);
            List<Input> inputs = unseen.stream().map(Demonstration::input).toList();
            assertThat(inputs).hasSize(12).doesNotHaveDuplicates();
            assertThat(episode.demonstrations().demonstrations()).noneMatch(shown -> inputs.contains(shown.input()));
            assertThat(episode.queries()).noneMatch(query -> inputs.contains(query.input()));
            assertThat(EpisodeSampler.unseen(task, plan, episode, 12)).isEqualTo(unseen);
            assertThat(EpisodeSampler.unseen(task, plan, episode, 5)).isEqualTo(unseen.subList(0, 5));
        }
        Episode all = EpisodeSampler.episode(task, plan, 0, 150);
        assertThat(EpisodeSampler.unseen(task, plan, all, 4)).isEmpty();
    }

    /** The class that each label stands for. */
    private static Map<Integer, Integer> meanings(List<Demonstration> demonstrations) {
        Map<Long, Integer> classes = new HashMap<>();
        Tasks.trainingRows(Tasks.topics()).forEach(row -> classes.put(row.id(), label(row)));
        Map<Integer, Integer> meanings = new HashMap<>();
        demonstrations.forEach(row -> {
            Integer means = classes.get(row.id());
            assertThat(meanings.getOrDefault(label(row), means)).isEqualTo(means);
            meanings.put(label(row), means);
        });
        return meanings;
    }

    @Test
    void setsThatAreNotNestedAreDrawnAnewForEveryNumberOfShots() {
        SamplingPlan anew = new SamplingPlan(7, Sampling.BALANCED, false, Order.SAMPLED, LabelMode.GOLD, 6);
        Episode four = EpisodeSampler.episode(CLUSTERS, anew, 0, 4);
        Episode eight = EpisodeSampler.episode(CLUSTERS, anew, 0, 8);
        assertThat(eight.demonstrations().demonstrations())
                .doesNotContainAnyElementsOf(four.demonstrations().demonstrations());
        assertThat(EpisodeSampler.episode(CLUSTERS, anew, 0, 4)).isEqualTo(four);
    }

    @ParameterizedTest(name = "{0}, set {1}")
    @MethodSource("classificationsAndSets")
    void byLabelSortsStablyAndReversedReverses(Task task, int set) {
        List<Demonstration> sampled = demonstrations(task, PLAN, set, 12);
        List<Demonstration> sorted = new ArrayList<>(sampled);
        sorted.sort(Comparator.comparingInt(EpisodeSamplerTest::label));
        assertThat(demonstrations(task, withOrder(Order.BY_LABEL), set, 12)).isEqualTo(sorted);
        List<Demonstration> reversed = new ArrayList<>(sampled);
        java.util.Collections.reverse(reversed);
        assertThat(demonstrations(task, withOrder(Order.REVERSED), set, 12)).isEqualTo(reversed);
    }

    @ParameterizedTest(name = "{0} shots")
    @ValueSource(ints = {0, 1, 2, 4, 5})
    void allPermutationsAreDifferentOrdersOfOneSetAndTheFirstIsTheSampledOne(int shots) {
        SamplingPlan plan = withOrder(Order.ALL_PERMUTATIONS);
        List<Demonstration> sampled = demonstrations(CLUSTERS, PLAN, 2, shots);
        long orders = EpisodeSampler.ordersPerSet(plan, shots);
        Set<List<Demonstration>> seen = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (long order = 0; order < orders; order++) {
            Episode episode = EpisodeSampler.episode(CLUSTERS, plan, 2, shots, order);
            seen.add(episode.demonstrations().demonstrations());
            names.add(episode.demonstrations().order());
            assertThat(episode.demonstrations().demonstrations()).containsExactlyInAnyOrderElementsOf(sampled);
            assertThat(episode.queries())
                    .isEqualTo(EpisodeSampler.episode(CLUSTERS, PLAN, 2, shots).queries());
        }
        assertThat(seen).hasSize((int) orders).contains(sampled);
        assertThat(names).hasSize((int) orders);
        assertThat(orders)
                .isEqualTo(IntStream.rangeClosed(2, shots).asLongStream().reduce(1, (a, b) -> a * b));
        assertThat(demonstrations(CLUSTERS, plan, 2, shots)).isEqualTo(sampled);
    }

    @Test
    void everyOtherOrderHasOneOrderPerSet() {
        for (Order order : List.of(Order.SAMPLED, Order.BY_LABEL, Order.REVERSED)) {
            assertThat(EpisodeSampler.ordersPerSet(withOrder(order), 32)).isEqualTo(1);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> EpisodeSampler.episode(CLUSTERS, withOrder(order), 0, 4, 1))
                    .withMessage("expected the index 0 of the one order with order = %s, found 1"
                            .formatted(Spelling.KEBAB.of(order)));
        }
    }

    @ParameterizedTest(name = "{0}, set {1}")
    @MethodSource("classificationsAndSets")
    void permutedLabelsExchangeMeaningsSoThatNoneKeepsItsOwn(Task task, int set) {
        List<Demonstration> gold = demonstrations(task, PLAN, set, 24);
        List<Demonstration> shown = demonstrations(task, withLabels(LabelMode.PERMUTED), set, 24);
        Map<Integer, Integer> meaning = new HashMap<>();
        for (int i = 0; i < gold.size(); i++) {
            assertThat(shown.get(i).input()).isEqualTo(gold.get(i).input());
            assertThat(label(shown.get(i))).isNotEqualTo(label(gold.get(i)));
            Integer before = meaning.put(label(gold.get(i)), label(shown.get(i)));
            assertThat(before == null || before == label(shown.get(i))).isTrue();
        }
        assertThat(meaning.values()).doesNotHaveDuplicates();
    }

    @Test
    void derangementsAreUniform() {
        Map<List<Integer>, Integer> counts = new HashMap<>();
        for (int set = 0; set < 9000; set++) {
            List<Demonstration> gold = demonstrations(CLUSTERS, PLAN, set, 4);
            List<Demonstration> shown = demonstrations(CLUSTERS, withLabels(LabelMode.PERMUTED), set, 4);
            List<Integer> meaning = new ArrayList<>(List.of(0, 0, 0, 0));
            for (int i = 0; i < 4; i++) {
                meaning.set(label(gold.get(i)), label(shown.get(i)));
            }
            counts.merge(meaning, 1, Integer::sum);
        }
        assertThat(counts).hasSize(9);
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isBetween(850, 1150));
    }

    @Test
    void randomLabelsAreUniformAndIndependentOfTheRightOnes() {
        int[][] counts = new int[4][4];
        for (int set = 0; set < 1000; set++) {
            List<Demonstration> gold = demonstrations(CLUSTERS, PLAN, set, 16);
            List<Demonstration> shown = demonstrations(CLUSTERS, withLabels(LabelMode.RANDOM), set, 16);
            for (int i = 0; i < 16; i++) {
                counts[label(gold.get(i))][label(shown.get(i))]++;
            }
        }
        for (int[] row : counts) {
            for (int count : row) {
                assertThat(count / 16_000.0).isCloseTo(1 / 16.0, within(0.008));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(LabelMode.class)
    void queriesKeepTheRightAnswersAndShownLabelsAreNestedToo(LabelMode mode) {
        SamplingPlan plan = withLabels(mode);
        Episode longest = EpisodeSampler.episode(CLUSTERS, plan, 5, 20);
        assertThat(longest.queries())
                .isEqualTo(EpisodeSampler.episode(CLUSTERS, PLAN, 5, 20).queries());
        assertThat(longest.demonstrations().labelMode()).isEqualTo(Spelling.KEBAB.of(mode));
        for (int k = 0; k <= 20; k++) {
            assertThat(EpisodeSampler.episode(CLUSTERS, plan, 5, k).demonstrations())
                    .isEqualTo(longest.demonstrations().prefix(k));
        }
    }

    @Test
    void theSetsIdIsAHashOfItsContentAndOrder() {
        List<Demonstration> sampled = demonstrations(CLUSTERS, PLAN, 0, 6);
        Set<String> ids = new HashSet<>();
        for (Order order : Order.values()) {
            ids.add(EpisodeSampler.episode(CLUSTERS, withOrder(order), 0, 6)
                    .demonstrations()
                    .id());
        }
        assertThat(ids).as("all permutations begin with the sampled order").hasSize(3);
        assertThat(DemonstrationSet.of("any name", "any order", "any mode", 0, sampled)
                        .id())
                .isEqualTo(EpisodeSampler.episode(CLUSTERS, PLAN, 0, 6)
                        .demonstrations()
                        .id())
                .matches("[0-9a-f]{16}");
        assertThat(EpisodeSampler.episode(CLUSTERS, withLabels(LabelMode.PERMUTED), 0, 6)
                        .demonstrations()
                        .id())
                .isNotIn(ids);
    }

    @Test
    void aLongTextTaskNeverRepeatsARow() {
        Task topics = Tasks.topics();
        for (Sampling sampling : Sampling.values()) {
            SamplingPlan plan = new SamplingPlan(1, sampling, true, Order.SAMPLED, LabelMode.GOLD, 80);
            Episode all = EpisodeSampler.episode(topics, plan, 0, 200);
            assertThat(all.demonstrations().demonstrations())
                    .doesNotHaveDuplicates()
                    .hasSize(200);
            assertThat(all.queries()).doesNotHaveDuplicates().hasSize(80);
        }
    }

    @Test
    void aTaskThatHasFewerQueriesGivesAllItHas() {
        SamplingPlan plan = new SamplingPlan(1, Sampling.BALANCED, true, Order.SAMPLED, LabelMode.GOLD, 1000);
        assertThat(EpisodeSampler.episode(Tasks.topics(), plan, 0, 4).queries()).hasSize(80);
    }

    @Test
    void moreShotsThanExamplesAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EpisodeSampler.episode(Tasks.topics(), PLAN, 0, 201))
                .withMessage(
                        "task topics: shots: expected at most its 200 demonstrations, found 201; take fewer shots or more data");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EpisodeSampler.episode(Tasks.generated("induction", Map.of()), PLAN, 0, 2))
                .withMessageContaining("shots: expected at most its 1 demonstrations, found 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EpisodeSampler.episode(CLUSTERS, PLAN, 0, -1))
                .withMessage("task gaussian-clusters: shots: expected at least 0, found -1; take more");
    }

    @Test
    void whatTheTaskOrTheNumberOfShotsDoesNotAllowIsRefusedAllAtOnce() {
        SamplingPlan plan = new SamplingPlan(1, Sampling.BALANCED, true, Order.BY_LABEL, LabelMode.RANDOM, 1);
        assertThat(EpisodeSampler.faults(Tasks.generated("linear-regression", Map.of("dimension", 4)), plan, 4))
                .containsExactly(
                        "task linear-regression: order: expected sampled or reversed for a task without labels, found by-label; take one of them",
                        "task linear-regression: labels: expected gold for a task without labels, found random; take gold");
        assertThat(EpisodeSampler.faults(CLUSTERS, withOrder(Order.ALL_PERMUTATIONS), 9))
                .containsExactly(
                        "task gaussian-clusters: shots: expected at most 8 with order = all-permutations, 40320 orders, found 9; take fewer");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EpisodeSampler.ordersPerSet(withOrder(Order.ALL_PERMUTATIONS), 9))
                .withMessage(
                        "shots: expected at most 8 with order = all-permutations, 40320 orders, found 9; take fewer");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EpisodeSampler.episode(CLUSTERS, withOrder(Order.ALL_PERMUTATIONS), 0, 3, 6))
                .withMessage("expected an order of 3 demonstrations, 0 to 5, found 6");
    }

    @Test
    void aQueryThatStandsAmongTheDemonstrationsIsALeak() {
        Task same = Tasks.text("same", Tasks.QUICKSTART_TEST, Tasks.QUICKSTART_TEST, Tasks.TOPICS)
                .load();
        SamplingPlan plan = new SamplingPlan(1, Sampling.BALANCED, true, Order.SAMPLED, LabelMode.GOLD, 1);
        int leaked = 0;
        for (int set = 0; set < 200; set++) {
            Episode episode = EpisodeSampler.episode(same, plan, set, 40);
            boolean stands = episode.demonstrations().demonstrations().stream()
                    .anyMatch(example ->
                            example.input().equals(episode.queries().get(0).input()));
            assertThat(episode.leaked()).isEqualTo(stands);
            leaked += stands ? 1 : 0;
        }
        assertThat(leaked).as("half of the rows are shown").isBetween(70, 130);
        assertThat(EpisodeSampler.episode(Tasks.topics(), PLAN, 0, 200).leaked())
                .isFalse();
    }

    @Test
    void configurationSpellsNamesWithHyphens() {
        assertThat(Spelling.KEBAB.of(Order.ALL_PERMUTATIONS)).isEqualTo("all-permutations");
        assertThat(Spelling.KEBAB.of(Order.BY_LABEL)).isEqualTo("by-label");
        assertThat(Spelling.KEBAB.of(Sampling.UNIFORM)).isEqualTo("uniform");
        assertThat(Spelling.KEBAB.of(LabelMode.PERMUTED)).isEqualTo("permuted");
    }

    private static List<Demonstration> demonstrations(Task task, SamplingPlan plan, int set, int shots) {
        return EpisodeSampler.episode(task, plan, set, shots).demonstrations().demonstrations();
    }

    private static SamplingPlan withSeed(long seed) {
        return new SamplingPlan(seed, Sampling.BALANCED, true, Order.SAMPLED, LabelMode.GOLD, 6);
    }

    private static SamplingPlan withOrder(Order order) {
        return new SamplingPlan(7, Sampling.BALANCED, true, order, LabelMode.GOLD, 6);
    }

    private static SamplingPlan withLabels(LabelMode mode) {
        return new SamplingPlan(7, Sampling.BALANCED, true, Order.SAMPLED, mode, 6);
    }

    private static int shots(Task task, int wanted) {
        return (int) Math.min(wanted, task.available());
    }

    private static int label(Demonstration example) {
        return ((Answer.Label) example.answer()).index();
    }
}
