package org.iclsweep.sweep.experiment.order;

import static org.iclsweep.sweep.table.Column.flag;
import static org.iclsweep.sweep.table.Column.number;
import static org.iclsweep.sweep.table.Column.wholeNumber;
import static org.iclsweep.sweep.table.Column.wholeNumbers;

import org.iclsweep.sweep.experiment.grid.TrialColumns;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.experiment.order.OrderResult.Ordered;
import org.iclsweep.sweep.table.Struct;
import org.iclsweep.sweep.table.Table;

/** The table {@code order_sensitivity}: the effect of the order of the demonstrations. */
final class OrderColumns {
    private static final Struct<OrderResult> MEASURES = Struct.of(
                    wholeNumber("orders", "number of orders tried", OrderResult::orders),
                    flag("all_orders", "true if these are all orders of the set", OrderResult::all))
            .and(TrialColumns.score("drawn_", "demonstrations in the order of `demonstration_ids`")
                    .from(OrderResult::drawn))
            .and(TrialColumns.spread("accuracy", "accuracy over the orders").fromNullable(OrderResult::accuracy))
            .and(TrialColumns.spread("loss", "loss over the orders").fromNullable(OrderResult::loss))
            .and(ordered("best", "smallest").fromNullable(OrderResult::best))
            .and(ordered("worst", "largest").fromNullable(OrderResult::worst))
            .and(number(
                            "disagreement",
                            "share of the orders whose answer is not the most frequent one, mean over the queries",
                            OrderResult::disagreement)
                    .orNull());

    static final Table<TrialRow> TABLE = TrialColumns.table(
            "order_sensitivity",
            1,
            "One row per demonstration set: accuracy and loss over its orders.",
            MEASURES.<TrialRow>fromNullable(row -> row.measures(OrderResult.class))
                    .and(TrialColumns.AUDIT));

    private OrderColumns() {}

    private static Struct<Ordered> ordered(String name, String loss) {
        return Struct.of(wholeNumbers(
                        name + "_order",
                        "the order with the " + loss + " loss, as positions in `demonstration_ids` from 0",
                        Ordered::positions))
                .and(TrialColumns.score(name + "_", "demonstrations in the order with the " + loss + " loss")
                        .from(Ordered::score));
    }
}
