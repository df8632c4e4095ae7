package org.iclsweep.sweep.experiment.selection;

import static org.iclsweep.sweep.experiment.grid.TrialColumns.score;
import static org.iclsweep.sweep.experiment.grid.TrialColumns.spread;
import static org.iclsweep.sweep.table.Column.structs;
import static org.iclsweep.sweep.table.Column.wholeNumber;
import static org.iclsweep.sweep.table.Column.wholeNumbers;

import org.iclsweep.sweep.experiment.grid.TrialColumns;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.experiment.selection.SelectionResult.RandomSets;
import org.iclsweep.sweep.experiment.selection.SelectionResult.Step;
import org.iclsweep.sweep.table.Struct;
import org.iclsweep.sweep.table.Table;

/** The table {@code selection}: demonstration sets chosen from a pool. */
final class SelectionColumns {
    private static final Struct<Step> STEP = Struct.of(wholeNumber(
                    "demonstration_id", "the appended demonstration's row in the data", Step::demonstrationId))
            .and(score("validation_", "validation queries, set up to this demonstration")
                    .from(Step::validation));

    private static final Struct<SelectionResult> SELECTED = Struct.of(
                    wholeNumber(
                            "validation_queries",
                            "number of queries that the choice is made on; none of them is a test query",
                            SelectionResult::validationQueries),
                    wholeNumbers(
                            "selected_ids",
                            "the chosen demonstrations, as in `demonstration_ids`, in the chosen order",
                            SelectionResult::selected),
                    structs(
                            "steps",
                            "the demonstrations in the order of the greedy search",
                            STEP,
                            SelectionResult::steps),
                    wholeNumber(
                            "orders",
                            "number of orders of the chosen set that were tried; 1 for the greedy search's alone",
                            SelectionResult::orders))
            .and(score("selected_validation_", "validation queries, chosen set in the chosen order")
                    .from(result -> result.chosen().validation()))
            .and(score("selected_test_", "test queries, chosen set in the chosen order")
                    .from(result -> result.chosen().test()))
            .and(score("greedy_test_", "test queries, chosen set in the order of the greedy search")
                    .from(result -> result.greedy().test()));

    private static final Struct<RandomSets> RANDOM = Struct.of(wholeNumber(
                    "random_sets",
                    "number of random sets of the same size from the same pool: as many as the search scored contexts",
                    RandomSets::sets))
            .and(spread("random_test_accuracy", "test accuracy over the random sets")
                    .fromNullable(RandomSets::accuracy))
            .and(spread("random_test_loss", "test loss over the random sets").fromNullable(RandomSets::loss))
            .and(score("best_random_validation_", "validation queries, random set with the best validation score")
                    .from(sets -> sets.best().validation()))
            .and(score("best_random_test_", "test queries, random set with the best validation score")
                    .from(sets -> sets.best().test()));

    private static final Struct<SelectionResult> BASELINES = score(
                    "drawn_test_", "test queries, plain draw of the same size: the first of the pool")
            .from(SelectionResult::drawn)
            .and(score("pool_test_", "test queries, whole pool as context").from(SelectionResult::pool))
            .and(score("zero_shot_test_", "test queries, bare model").from(SelectionResult::zeroShot));

    private static final Struct<SelectionResult> COST = Struct.of(
            wholeNumber(
                    "search_states",
                    "number of contexts that the search scored on validation queries",
                    SelectionResult::searchStates),
            wholeNumber(
                    "search_tokens", "number of context tokens that the search read", SelectionResult::searchTokens),
            wholeNumber(
                    "random_tokens",
                    "number of context tokens of the random sets, shared prefixes counted once",
                    SelectionResult::randomTokens));

    static final Table<TrialRow> TABLE = TrialColumns.table(
            "selection",
            1,
            "One row per pool of demonstrations: the set and order chosen from it, beside random sets."
                    + " `demonstration_ids`, `context_tokens` and the other columns about the context are those of the"
                    + " pool; `shots` is the size of the sets, `queries` the number of test queries.",
            SELECTED.and(RANDOM.from(SelectionResult::random))
                    .and(BASELINES)
                    .and(COST)
                    .<TrialRow>fromNullable(row -> row.measures(SelectionResult.class))
                    .and(TrialColumns.AUDIT));

    private SelectionColumns() {}
}
