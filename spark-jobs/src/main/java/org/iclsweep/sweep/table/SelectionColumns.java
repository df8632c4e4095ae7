package org.iclsweep.sweep.table;

import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.createArrayType;
import static org.apache.spark.sql.types.DataTypes.createStructField;
import static org.apache.spark.sql.types.DataTypes.createStructType;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.sweep.trial.Score;
import org.iclsweep.sweep.trial.SelectionResult;
import org.iclsweep.sweep.trial.SelectionResult.Step;
import org.jspecify.annotations.Nullable;

/** The columns of the table {@code selection}: the one place that knows them. */
final class SelectionColumns {
    /** Which schema a row follows. */
    static final int SCHEMA_VERSION = 1;

    private static final StructType STEP = createStructType(new StructField[] {
        createStructField("demonstration_id", LongType, false),
        createStructField("validation_accuracy", DoubleType, true),
        createStructField("validation_loss", DoubleType, true)
    });

    static final List<Column<TrialRow>> ALL = columns();

    private SelectionColumns() {}

    private static List<Column<TrialRow>> columns() {
        List<Column<TrialRow>> all = new ArrayList<>();
        all.addAll(TrialColumns.identity());
        all.addAll(TrialColumns.outcome());
        all.add(result(
                "validation_queries",
                LongType,
                "queries that chose; none of them is a test query",
                SelectionResult::validationQueries));
        all.addAll(chosen());
        all.addAll(random());
        all.addAll(score(
                "drawn_test_",
                "with the first of the pool, as many, as a plain draw has them",
                SelectionResult::drawn));
        all.addAll(score("pool_test_", "with the whole pool as context", SelectionResult::pool));
        all.addAll(score("zero_shot_test_", "by the bare model", SelectionResult::zeroShot));
        all.addAll(cost());
        all.addAll(TrialColumns.audit());
        all.addAll(TrialColumns.origin(SCHEMA_VERSION));
        return List.copyOf(all);
    }

    private static List<Column<TrialRow>> chosen() {
        List<Column<TrialRow>> columns = new ArrayList<>();
        columns.add(result(
                "selected_ids",
                createArrayType(LongType, false),
                "the chosen demonstrations, as in `demonstration_ids`, in the chosen order",
                result -> result.selected().toArray(Long[]::new)));
        columns.add(result(
                "steps",
                createArrayType(STEP, false),
                "what was appended one after the other, and the validation score of the set with it",
                result -> result.steps().stream().map(SelectionColumns::step).toArray(Row[]::new)));
        columns.add(result(
                "orders",
                LongType,
                "orders of the chosen set that were tried; 1: only that in which it was appended",
                SelectionResult::orders));
        columns.addAll(score(
                "selected_validation_",
                "validation queries, the chosen set in the chosen order",
                result -> result.chosen().validation()));
        columns.addAll(score(
                "selected_test_",
                "test queries, the chosen set in the chosen order",
                result -> result.chosen().test()));
        columns.addAll(score(
                "greedy_test_",
                "test queries, the chosen set in the order in which it was appended",
                result -> result.greedy().test()));
        return columns;
    }

    private static List<Column<TrialRow>> random() {
        List<Column<TrialRow>> columns = new ArrayList<>();
        columns.add(result(
                "random_sets",
                LongType,
                "random sets of the same size from the same pool, as many as contexts that the search scored",
                result -> result.random().sets()));
        columns.addAll(ScoreColumns.spread(
                "random_test_accuracy",
                "the random sets, test queries",
                SelectionResult.class,
                result -> result.random().accuracy()));
        columns.addAll(ScoreColumns.spread(
                "random_test_loss",
                "the random sets, test queries",
                SelectionResult.class,
                result -> result.random().loss()));
        columns.addAll(score(
                "best_random_validation_",
                "validation queries, the random set that they choose",
                result -> result.random().best().validation()));
        columns.addAll(score(
                "best_random_test_",
                "test queries, the random set that the validation queries choose",
                result -> result.random().best().test()));
        return columns;
    }

    private static List<Column<TrialRow>> cost() {
        return List.of(
                result(
                        "search_states",
                        LongType,
                        "contexts that the search scored on validation queries",
                        SelectionResult::searchStates),
                result("search_tokens", LongType, "context tokens that the search read", SelectionResult::searchTokens),
                result(
                        "random_tokens",
                        LongType,
                        "context tokens of the random sets, what they begin with in common counted once",
                        SelectionResult::randomTokens));
    }

    private static Column<TrialRow> result(
            String name, DataType type, String meaning, Function<SelectionResult, @Nullable Object> value) {
        return ScoreColumns.result(name, type, meaning, SelectionResult.class, value);
    }

    private static List<Column<TrialRow>> score(
            String prefix, String whose, Function<SelectionResult, @Nullable Score> score) {
        return ScoreColumns.of(prefix, whose, SelectionResult.class, score);
    }

    private static Row step(Step step) {
        return RowFactory.create(
                step.demonstrationId(),
                step.validation().accuracy(),
                step.validation().loss());
    }
}
