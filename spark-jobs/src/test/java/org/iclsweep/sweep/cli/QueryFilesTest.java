package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.sweep.cli.SweepTables.Answer;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The queries in conf/queries/, each on a small sweep of its kind, from the file to the rows. */
class QueryFilesTest {
    /** Half of the last place that is shown. */
    private static final double SHOWN = 5.0001e-4;

    @TempDir
    private static Path directory;

    private static final List<SqlStatement> statements = new ArrayList<>();
    private static final List<Answer> answers = new ArrayList<>();

    /** The sets of one task, as they stand in the table. */
    private static List<SetOfOneTask> sets = List.of();

    /** The same sets, query by query. */
    private static List<Difference> differences = List.of();

    /** The effect of the context on one query of one set: 1 if it is put right, -1 if it is harmed. */
    private record Difference(String set, String query, double value) {
        static Difference of(List<String> row) {
            return new Difference(row.get(0), row.get(1), Double.parseDouble(row.get(2)));
        }
    }

    /** Every learning rate of every set. */
    private static List<Tuning> tunings = List.of();

    /** One learning rate of one set, beside the bare model. */
    private record Tuning(String set, double validationAccuracy, double validationLoss, double gain) {
        static Tuning of(List<String> row) {
            double[] numbers =
                    row.stream().skip(1).mapToDouble(Double::parseDouble).toArray();
            return new Tuning(row.get(0), numbers[0], numbers[1], numbers[2]);
        }
    }

    /** The row of one set: the bare model, the context, and the fine-tuning that was chosen. */
    private record SetOfOneTask(
            long queries, double inContext, long wrong, long tunedRight, long contextRight, long bothRight) {
        static SetOfOneTask of(List<String> row) {
            return new SetOfOneTask(
                    Long.parseLong(row.get(0)),
                    Double.parseDouble(row.get(1)),
                    Long.parseLong(row.get(2)),
                    Long.parseLong(row.get(3)),
                    Long.parseLong(row.get(4)),
                    Long.parseLong(row.get(5)));
        }
    }

    @BeforeAll
    static void aSweepIsRunAndAsked() throws IOException, SQLException {
        Path out = directory.resolve("out");
        Path file = Files.writeString(directory.resolve("sweep.conf"), """
                sweep {
                  name = test
                  kind = meta-optimizer
                  models = [ { path = "%1$s/models/text-icl-softmax" } ]
                  tasks = [ { name = everyday, train = "%1$s/conf/data/quickstart_train.jsonl"
                              test = "%1$s/conf/data/quickstart_test.jsonl", template = model, labels = model }
                            { name = backwards, train = "%1$s/conf/data/quickstart_test.jsonl"
                              test = "%1$s/conf/data/quickstart_train.jsonl", template = model, labels = model } ]
                  demonstrations { shots = [3], sets-per-task = 4 }
                  evaluation { queries-per-set = 12 }
                  fine-tuning { validation-queries = 2, permutations = 3
                                variants = [ { name = mine, learning-rates = [0.01, 0.1] } ] }
                  output = "%2$s"
                }
                """.formatted(
                        Path.of("..").toAbsolutePath().normalize(), out));
        Sweeps.run(file);
        try (SweepTables tables = SweepTables.open(out)) {
            ConfinedSession confined = tables.confine(List.of());
            for (SqlStatement statement : SqlStatement.in(Path.of("../conf/queries/meta-optimizer.sql"))) {
                confined.require(statement.sql());
                Optional<Answer> answer = tables.execute(statement.sql());
                if (answer.isPresent()) {
                    statements.add(statement);
                    answers.add(answer.get());
                }
            }
            sets = tables.query("""
                            SELECT queries, prompted_accuracy, c.zero_shot_wrong, c.right_of_these,
                                   c.reference_right_of_these, c.both_right_of_these
                            FROM (SELECT *, unnest(comparisons) AS c FROM meta_optimizer)
                            WHERE task = 'everyday' AND c.reference = 'icl' AND c.comparison = 'mine' AND c.chosen
                            """).rows().stream().map(SetOfOneTask::of).toList();
            differences = tables.query("""
                            SELECT trial_id, query, list_contains(prompted_right_ids, query)::INT
                                                    - list_contains(zero_shot_right_ids, query)::INT
                            FROM (SELECT *, unnest(query_ids) AS query FROM meta_optimizer) WHERE task = 'everyday'
                            """).rows().stream().map(Difference::of).toList();
            tunings = tables.query("""
                            SELECT trial_id, c.validation_accuracy, c.validation_loss, c.accuracy - zero_shot_accuracy
                            FROM (SELECT *, unnest(comparisons) AS c FROM meta_optimizer)
                            WHERE task = 'everyday' AND c.reference = 'icl' AND c.comparison = 'mine'
                            """).rows().stream().map(Tuning::of).toList();
        }
    }

    private static Answer answer(String title) {
        List<Integer> found = IntStream.range(0, statements.size())
                .boxed()
                .filter(i -> statements.get(i).title().strip().startsWith(title))
                .toList();
        assertThat(found).as(title).hasSize(1);
        return answers.get(found.get(0));
    }

    /** The value of {@code column} in the row where the others have these values. */
    private static String cell(String title, Map<String, String> where, String column) {
        Answer answer = answer(title);
        List<List<String>> rows = answer.rows().stream()
                .filter(row -> where.entrySet().stream()
                        .allMatch(field -> row.get(answer.columns().indexOf(field.getKey()))
                                .equals(field.getValue())))
                .toList();
        assertThat(rows).as("%s %s", title, where).hasSize(1);
        return rows.get(0).get(answer.columns().indexOf(column));
    }

    /** Value, and bounds of the interval. */
    private static double[] numbers(String text) {
        return Stream.of(text.replaceAll("[\\[\\],]", "").split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    @Test
    void everyStatementThatAsksSomethingSaysWhatAndHasAnAnswer() {
        assertThat(answers)
                .hasSize(10)
                .allSatisfy(answer -> assertThat(answer.rows()).isNotEmpty());
        assertThat(statements)
                .allSatisfy(statement -> assertThat(statement.title()).isNotBlank());
        assertThat(sets).hasSize(4);
    }

    @Test
    void anAccuracyIsThatOfAllQueriesOfAllSetsBesideWilsonsInterval() {
        double n = sets.stream().mapToLong(SetOfOneTask::queries).sum();
        double right = sets.stream()
                .mapToDouble(set -> set.inContext() * set.queries())
                .sum();
        Map<String, String> where = Map.of("task", "everyday", "way", "icl");
        assertThat(numbers(cell("Table 1", where, "accuracy"))[0]).isCloseTo(right / n, within(SHOWN));
        double p = right / n;
        double z = 1.959964;
        double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
        double half = z / (1 + z * z / n) * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n));
        assertThat(numbers(cell("Table 1", where, "wilson_lower"))[0]).isCloseTo(middle - half, within(SHOWN));
        assertThat(numbers(cell("Table 1", where, "wilson_upper"))[0]).isCloseTo(middle + half, within(SHOWN));
    }

    /** The variant has a name that no statement knows. */
    @Test
    void whatIsSaidOfAllTasksIsTheMeanOfWhatIsSaidOfEach() {
        double all = 0;
        for (String task : List.of("everyday", "backwards")) {
            all += numbers(cell("Table 1", Map.of("task", task, "way", "mine"), "accuracy"))[0] / 2;
        }
        assertThat(numbers(cell("Table 1", Map.of("task", "(all)", "way", "mine"), "accuracy"))[0])
                .isCloseTo(all, within(2 * SHOWN));
    }

    @Test
    void rec2FtpStandsBesideItsNullsOverAllSetsAndWithinEach() {
        double tuned = sets.stream().mapToLong(SetOfOneTask::tunedRight).sum();
        assertThat(tuned).as("something to see").isPositive();
        double both = sets.stream().mapToLong(SetOfOneTask::bothRight).sum();
        double context = sets.stream().mapToLong(SetOfOneTask::contextRight).sum();
        double wrong = sets.stream().mapToLong(SetOfOneTask::wrong).sum();
        double byChance = sets.stream()
                .filter(set -> set.wrong() > 0)
                .mapToDouble(set -> (double) set.tunedRight() * set.contextRight() / set.wrong())
                .sum();
        Map<String, String> where = Map.of("task", "everyday", "comparison", "mine");
        assertThat(cell("Table 2", where, "put_right")).isEqualTo(Long.toString((long) tuned));
        assertThat(numbers(cell("Table 2", where, "rec2ftp"))[0]).isCloseTo(both / tuned, within(SHOWN));
        assertThat(numbers(cell("Table 2", where, "null"))[0]).isCloseTo(context / wrong, within(SHOWN));
        assertThat(numbers(cell("Table 2", where, "within"))[0]).isCloseTo(byChance / tuned, within(SHOWN));
        assertThat(numbers(cell("Table 2", where, "excess"))[0]).isCloseTo((both - byChance) / tuned, within(SHOWN));
    }

    /** Sum by sum over pairs of answers that have their set, their query, or both in common. */
    @Test
    void aDifferenceOfAccuracyStandsBesideTheIntervalClusteredBySetAndByQuery() {
        long asked = differences.stream().map(Difference::query).distinct().count();
        assertThat(asked).as("queries come more than once").isLessThan(differences.size());
        double bySet = variance(Difference::set);
        double byQuery = variance(Difference::query);
        double byAnswer = variance(answer -> answer);
        double largest = Math.max(bySet + byQuery - byAnswer, Math.max(bySet, byQuery));
        Map<String, String> where = Map.of("task", "everyday", "way", "icl");
        String title = "Accuracy less the bare model's";
        assertThat(cell(title, where, "queries")).isEqualTo(Long.toString(asked));
        assertThat(numbers(cell(title, where, "less_bare"))[0]).isCloseTo(mean(), within(SHOWN));
        double quantile = 3.182446; // Student's t with three degrees of freedom: four sets
        assertThat(numbers(cell(title, where, "half"))[0])
                .isPositive()
                .isCloseTo(quantile * Math.sqrt(largest), within(SHOWN));
        assertThat(numbers(cell(title, where, "by_set"))[0]).isCloseTo(quantile * Math.sqrt(bySet), within(SHOWN));
    }

    @Test
    void aLearningRateIsChosenForEachSetByTheLossOrByTheNumberThatIsRight() {
        assertThat(tunings).hasSize(2 * sets.size());
        String title = "Accuracy less the bare model's";
        assertThat(numbers(cell(title, Map.of("task", "everyday", "way", "mine by loss"), "less_bare"))[0])
                .isCloseTo(gainOfTheFirst(Comparator.comparing(Tuning::validationLoss)), within(SHOWN));
        Comparator<Tuning> byAccuracy =
                Comparator.comparing(Tuning::validationAccuracy).reversed().thenComparing(Tuning::validationLoss);
        assertThat(numbers(cell(title, Map.of("task", "everyday", "way", "mine by accuracy"), "less_bare"))[0])
                .isCloseTo(gainOfTheFirst(byAccuracy), within(SHOWN));
    }

    /** The mean over sets, with the learning rate of each that comes first. */
    private static double gainOfTheFirst(Comparator<Tuning> order) {
        return tunings.stream().collect(Collectors.groupingBy(Tuning::set, Collectors.minBy(order))).values().stream()
                .mapToDouble(first -> first.orElseThrow().gain())
                .average()
                .orElseThrow();
    }

    private static double mean() {
        return differences.stream().mapToDouble(Difference::value).average().orElseThrow();
    }

    /** Of the mean, if answers with the same {@code cluster} move together and others do not. */
    private static double variance(Function<Difference, Object> cluster) {
        double mean = mean();
        double sum = 0;
        for (Difference one : differences) {
            for (Difference other : differences) {
                if (cluster.apply(one).equals(cluster.apply(other))) {
                    sum += (one.value() - mean) * (other.value() - mean);
                }
            }
        }
        double clusters = differences.stream().map(cluster).distinct().count();
        return clusters / (clusters - 1) * sum / (differences.size() * (double) differences.size());
    }

    @Test
    void aBootstrapIntervalContainsItsValue() {
        Answer table = answer("Table 1");
        assertThat(table.rows())
                .hasSize(3 * 5)
                .allSatisfy(row -> assertOrdered(numbers(row.get(table.columns().indexOf("accuracy")))));
        Map<String, String> where = Map.of("task", "everyday", "comparison", "mine");
        assertOrdered(numbers(cell("Table 2", where, "rec2ftp")));
        Map<String, String> shuffled =
                Map.of("task", "everyday", "comparison", "mine", "reference", "icl-shuffled-labels");
        assertOrdered(numbers(cell("Table 3", shuffled, "own")));
    }

    private static void assertOrdered(double[] valueAndBounds) {
        assertThat(valueAndBounds).hasSize(3);
        assertThat(valueAndBounds[0]).isBetween(valueAndBounds[1], valueAndBounds[2]);
    }

    @Test
    void nothingFailed() {
        Answer first = answers.get(0);
        assertThat(first.rows()).hasSize(2).allSatisfy(row -> {
            assertThat(row.get(first.columns().indexOf("sets"))).isEqualTo("4");
            assertThat(row.get(first.columns().indexOf("failed"))).isEqualTo("0");
        });
    }
}
