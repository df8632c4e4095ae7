package org.iclsweep.sweep.experiment.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.RunFacts;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sweeps of which a part of the demonstration sets is run prompted too. */
class PromptedPartTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final RunFacts RUN = new RunFacts("driver", "cpu", 1, 1, Instant.EPOCH, "test", false);
    /** The columns that the plan's digest decides, and the origin. */
    private static final Set<String> OF_THE_PLAN =
            Set.of("trial_id", "audited", "audit_max_abs_logit_error", "prompted", "run");

    private static final Set<String> NEED_THE_PROMPTED_RUN = Set.of(
            "max_abs_logit_error",
            "max_rel_logit_error",
            "mean_rel_logit_error",
            "mean_kl",
            "max_kl",
            "top1_agreement",
            "router_agreement",
            "prompted_accuracy",
            "prompted_accuracy_token_mean",
            "prompted_accuracy_byte_mean",
            "prompted_accuracy_calibrated",
            "prompted_nll");

    @TempDir
    private static Path directory;

    private static List<Row> all;
    private static List<Row> part;

    private static SweepPlan<GridSpecification, Trial> plan(String... settings) throws IOException {
        Path file = Files.createTempFile(directory, "sweep", ".conf");
        Files.writeString(file, """
                sweep {
                  name = part
                  models = [ { path = "%1$s/models/text-icl", dtypes = [float32] } ]
                  tasks = [ { name = everyday, train = "%1$s/conf/data/quickstart_train.jsonl"
                              test = "%1$s/conf/data/quickstart_test.jsonl", template = model, max-words = 8
                              labels { weather = " a", travel = " bc", music = " d", cooking = " ef" } } ]
                  demonstrations { shots = [0, 1, 3], sets-per-task = 8 }
                  evaluation { queries-per-set = 2, predictions = true, layers = true, audit { fraction = 0.3 } }
                  execution { strict = true }
                  output = "%2$s/out"
                }
                """.formatted(HOME, directory));
        return SweepFiles.read(file, List.of(settings));
    }

    private static List<Row> rows(SweepPlan<GridSpecification, Trial> plan) {
        ConversionTrialRunner runner =
                new ConversionTrialRunner(plan.sweep().specification(), Device.cpu(), ModelCache.OF_THIS_JVM);
        List<Row> rows = new ArrayList<>();
        for (Batch batch : plan.batches(new Wave(0, 0, plan.size()))) {
            for (TrialOutcome outcome : runner.run(plan.trials(batch))) {
                rows.add(ConversionColumns.TABLE.row(new TrialRow("part", "gold", 0, outcome, RUN)));
            }
        }
        return rows;
    }

    @BeforeAll
    static void runBoth() throws IOException {
        all = rows(plan());
        part = rows(plan("sweep.evaluation.prompted=0.5"));
    }

    private static Object value(Row row, String column) {
        List<String> names = ConversionColumns.TABLE.columns().stream()
                .map(one -> one.name())
                .toList();
        return row.get(names.indexOf(column));
    }

    private static Map<String, Object> values(Row row) {
        Map<String, Object> values = new TreeMap<>();
        ConversionColumns.TABLE
                .columns()
                .forEach(column -> values.put(column.name(), String.valueOf(plain(value(row, column.name())))));
        values.keySet().removeAll(OF_THE_PLAN);
        return values;
    }

    private static Object plain(Object value) {
        return value instanceof Object[] elements ? List.of(elements) : value;
    }

    private static boolean isPrompted(Row row) {
        return (boolean) value(row, "prompted");
    }

    @Test
    void inStrictModeARowOfAPromptedTrialIsThatOfTheWholeSweepBitForBit() {
        assertThat(part).hasSameSizeAs(all).anyMatch(PromptedPartTest::isPrompted);
        for (int i = 0; i < all.size(); i++) {
            if (isPrompted(part.get(i))) {
                assertThat(values(part.get(i))).isEqualTo(values(all.get(i)));
            }
        }
    }

    @Test
    void aTrialThatIsNotPromptedHasTheConvertedModelsNumbersAndNullForAllOthers() {
        assertThat(all).allMatch(PromptedPartTest::isPrompted);
        assertThat(part).anyMatch(row -> !isPrompted(row));
        for (int i = 0; i < all.size(); i++) {
            if (!isPrompted(part.get(i))) {
                Map<String, Object> expected = values(all.get(i));
                assertThat(expected).containsKeys(NEED_THE_PROMPTED_RUN.toArray(String[]::new));
                NEED_THE_PROMPTED_RUN.forEach(column -> expected.put(column, "null"));
                Map<String, Object> found = values(part.get(i));
                assertThat(withoutNested(found)).isEqualTo(withoutNested(expected));
                Row run = (Row) value(part.get(i), "run");
                assertThat(run.get(1)).as("run.prompted_seconds").isNull();
                assertThat(run.getDouble(0) + run.getDouble(2)).isPositive();
                assertNested(i);
            }
        }
    }

    private static Map<String, Object> withoutNested(Map<String, Object> values) {
        Map<String, Object> flat = new TreeMap<>(values);
        flat.keySet().removeAll(List.of("predictions", "layers"));
        return flat;
    }

    private static void assertNested(int trial) {
        Object[] whole = (Object[]) value(all.get(trial), "predictions");
        Object[] alone = (Object[]) value(part.get(trial), "predictions");
        for (int query = 0; query < whole.length; query++) {
            Row expected = (Row) whole[query];
            Row found = (Row) alone[query];
            for (int field : new int[] {0, 1, 2, 4, 6}) {
                assertThat(found.get(field)).isEqualTo(expected.get(field));
            }
            assertThat(expected.get(3)).isNotNull();
            assertThat(found.get(3)).as("prompted").isNull();
            assertThat(expected.get(5)).isNotNull();
            assertThat(found.get(5)).as("prompted_margin").isNull();
        }
        Object[] layers = (Object[]) value(part.get(trial), "layers");
        Object[] ofWhole = (Object[]) value(all.get(trial), "layers");
        assertThat(layers).hasSameSizeAs(ofWhole);
        for (int layer = 0; layer < layers.length; layer++) {
            assertThat(((Row) layers[layer]).get(1)).isEqualTo(((Row) ofWhole[layer]).get(1));
            assertThat(((Row) layers[layer]).get(2)).as("output_max_abs_error").isNull();
        }
    }

    @Test
    void theTrialsOfADemonstrationSetGoTogether() {
        Map<Object, List<Boolean>> bySeed = part.stream()
                .collect(Collectors.groupingBy(
                        row -> value(row, "seed"),
                        Collectors.mapping(PromptedPartTest::isPrompted, Collectors.toList())));
        assertThat(bySeed)
                .hasSize(8)
                .allSatisfy((seed, prompted) -> assertThat(prompted).hasSize(3).containsOnly(prompted.get(0)));
    }

    @Test
    void anAuditIsOfTrialsThatAreNotPromptedToo() {
        assertThat(part).anySatisfy(row -> {
            assertThat(isPrompted(row)).isFalse();
            assertThat((boolean) value(row, "audited")).isTrue();
            assertThat((double) value(row, "audit_max_abs_logit_error")).isLessThan(1e-9);
        });
    }

    @Test
    void aSmallerPartIsWithinALargerOneAndBothAreAboutAsLargeAsAsked() throws IOException {
        Set<Long> smaller = promptedSets("0.2");
        Set<Long> larger = promptedSets("0.7");
        assertThat(larger).containsAll(smaller);
        assertThat(smaller.size() / 400.0).isBetween(0.14, 0.26);
        assertThat(larger.size() / 400.0).isBetween(0.63, 0.77);
        assertThat(promptedSets("0")).isEmpty();
        assertThat(promptedSets("1")).hasSize(400);
    }

    private static Set<Long> promptedSets(String fraction) throws IOException {
        SweepPlan<GridSpecification, Trial> plan =
                plan("sweep.demonstrations.sets-per-task=400", "sweep.evaluation.prompted=" + fraction);
        return LongStream.range(0, plan.size())
                .mapToObj(plan::trial)
                .filter(Trial::prompted)
                .map(trial -> (long) trial.setIndex())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
