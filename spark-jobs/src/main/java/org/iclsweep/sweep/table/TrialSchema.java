package org.iclsweep.sweep.table;

import java.util.List;
import org.iclsweep.sweep.experiment.grid.SweepKind;

/** The tables that each kind of sweep writes. */
public final class TrialSchema {
    /** The exactness of conversions. */
    public static final Table<TrialRow> TRIALS = ConversionColumns.TABLE;

    /** All tables, those of a kind of sweep next to each other. */
    public static final List<Table<?>> ALL = List.of(SweepKind.values()).stream()
            .<Table<?>>flatMap(kind -> writtenBy(kind).stream())
            .toList();

    private TrialSchema() {}

    /**
     * The table with one row per trial that a kind of sweep writes.
     *
     * @throws IllegalArgumentException if the kind has none
     */
    public static Table<TrialRow> of(SweepKind kind) {
        return switch (kind) {
            case CONVERSION -> TRIALS;
            case INFLUENCE -> InfluenceColumns.TABLE;
            case ORDER_SENSITIVITY -> OrderColumns.TABLE;
            case SELECTION -> SelectionColumns.TABLE;
            case META_OPTIMIZER -> MetaOptimizerColumns.TABLE;
            case GENERALIZATION, TRAINING ->
                throw new IllegalArgumentException("sweep.kind: " + kind + " has no table with one row per trial");
        };
    }

    /** The tables that a kind of sweep writes, the one that decides if a wave is committed first. */
    static List<Table<?>> writtenBy(SweepKind kind) {
        return switch (kind) {
            case GENERALIZATION ->
                List.of(
                        GeneralizationColumns.GENERALIZATION,
                        GeneralizationColumns.ATTENTION,
                        GeneralizationColumns.PRUNING);
            case TRAINING -> List.of(CurveColumns.TABLE);
            default -> List.of(of(kind));
        };
    }
}
