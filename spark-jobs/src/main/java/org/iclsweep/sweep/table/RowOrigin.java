package org.iclsweep.sweep.table;

import static org.iclsweep.sweep.table.Column.number;
import static org.iclsweep.sweep.table.Column.struct;
import static org.iclsweep.sweep.table.Column.text;
import static org.iclsweep.sweep.table.Column.time;
import static org.iclsweep.sweep.table.Column.wholeNumber;

import java.util.function.Function;
import org.iclsweep.sweep.run.Seconds;
import org.jspecify.annotations.Nullable;

/**
 * The origin of a row: the column {@code run}, the same struct in every table and the only part of a row that may
 * differ between two runs of the same plan.
 *
 * @param parts wall times of a trial's three parts, its share of its batch; null where they are not measured apart
 * @param seconds wall time of the whole trial, its share of its batch; null where it is not measured
 */
public record RowOrigin(
        RunFacts facts, @Nullable Seconds parts, @Nullable Double seconds) {
    /** The column's name. */
    public static final String COLUMN = "run";

    private static final String SHARE = " of the trial's batch, in seconds, divided evenly among the batch's trials";

    private static final Struct<RowOrigin> FIELDS = Struct.of(
                    number("convert_seconds", "wall time of the conversions" + SHARE, Seconds::convert),
                    number(
                            "prompted_seconds",
                            "wall time of the prompted runs" + SHARE + "; null where they were left out",
                            Seconds::prompted),
                    number("converted_seconds", "wall time of the converted runs" + SHARE, Seconds::converted))
            .fromNullable(RowOrigin::parts)
            .and(Struct.of(
                            text("executor", "the id of the Spark executor", RunFacts::executor),
                            text("device", "the device that computed: `cpu`, or a GPU's address", RunFacts::device),
                            wholeNumber(
                                    "attempt", "the attempt at the batch that gave the row, from 1", RunFacts::attempt),
                            time("started_at", "the beginning of that attempt", RunFacts::startedAt),
                            text("code_version", "the version of the code", RunFacts::codeVersion))
                    .from(RowOrigin::facts))
            .and(wholeNumber(
                            "threads",
                            "intra-op threads of the task slot",
                            (RowOrigin origin) -> origin.facts().threads())
                    .orNull())
            .and(number("seconds", "wall time of the trainings" + SHARE, RowOrigin::seconds)
                    .orNull());

    /** The columns that every table ends with: {@code run} and {@code schema_version}. */
    public static <R> Struct<R> columns(int schemaVersion, Function<R, RowOrigin> origin) {
        return Struct.of(
                struct(
                        COLUMN,
                        "the origin of the row; all that may differ between two runs of the same plan",
                        FIELDS,
                        origin),
                wholeNumber("schema_version", "the version of the table's schema", row -> schemaVersion));
    }
}
