package org.iclsweep.sweep.experiment;

import ai.djl.Device;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.run.Slot;
import org.iclsweep.sweep.run.TaskDevice;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.table.Table;

/**
 * A kind of sweep: its configuration, its trials, their computation and the tables of its results. Everything else
 * (waves, slots, preflight, failures, journal, lease, resume, progress) is the engine's, the same for every kind.
 *
 * <p>Travels to the executors; has no state of its own.
 *
 * @param <S> the specification that its configuration is read into
 * @param <T> its trials
 */
public interface Experiment<S extends Serializable, T extends PlannedTrial> extends Serializable {
    /** The value of the key {@code sweep.kind}: that of the class, by {@link Named}. */
    default String kind() {
        return getClass().getAnnotation(Named.class).value();
    }

    /** The keys of its configuration, block by block. */
    List<KeyBlock> keys();

    /** Reads its configuration; every fault goes to the document's collector. */
    SweepConfiguration<S> read(SweepDocument document);

    /** The trials that a specification asks for. */
    Plan<T> plan(S specification);

    /** The models and files that a sweep reads, for its lineage; none for a kind that makes its own. */
    default List<SweepInput> inputs(S specification) {
        return List.of();
    }

    /** Its tables: first the one that has a row for every trial, then those that are committed before it. */
    List<ResultTable<?>> tables();

    /** Its tables without the records that go into them, in the same order. */
    default List<Table<?>> schemas() {
        return tables().stream().<Table<?>>map(ResultTable::table).toList();
    }

    /** The names of its tables, in the same order. */
    default List<String> tableNames() {
        return schemas().stream().<String>map(Table::name).toList();
    }

    /**
     * A runner for one task slot. Called on the task's own thread, once a task; whatever is costly, as models, is
     * shared by all runners of the JVM.
     */
    TrialRunner<T> runner(SweepConfiguration<S> sweep, Device device);

    /**
     * The device that a slot computes on; asked on each executor before any work, and again by each task, as executors
     * may join later.
     *
     * @throws org.iclsweep.sweep.run.UnfitMachineException if trials cannot run there, with what is missing and what to
     *     do
     */
    default TaskDevice device(SweepConfiguration<S> sweep, Slot slot) {
        return TaskDevice.of(sweep.execution().gpu(), slot);
    }

    /**
     * The estimated cost of a sweep, line by line, for the command {@code plan}.
     *
     * @param done the number of trials that are committed already
     */
    List<String> estimate(SweepPlan<S, T> plan, long done);

    /** The floating-point operations of all trials, about; empty for a kind whose arithmetic is not told. */
    default OptionalDouble flops(SweepPlan<S, T> plan) {
        return OptionalDouble.empty();
    }

    /**
     * The statement whose answer is the table of results that is printed after a run: a line for each setting, over the
     * kind's tables as {@code icl-sweep query} shows them. Columns that are null in every line are left out.
     */
    String results();

    /** The parts of a plan whose trials cost alike, for the estimate of its time; together all of its trials. */
    List<Stratum> strata(SweepPlan<S, T> plan);

    /** The steps of training that make up the time of a trial; 0 for a kind that trains nothing. */
    default long steps(T trial) {
        return 0;
    }

    /** The same trial with another number of steps, so that its time can be told from a part of it. */
    default T withSteps(T trial, int steps) {
        return trial;
    }

    /** Bytes of the copies of models that audits compute with, and that are not in memory yet. */
    default long auditBytes(SweepPlan<S, T> plan) {
        return 0;
    }

    /** Prompts of some trials, at most {@code count}, from all over the plan; none for a kind that has no prompts. */
    default List<ShownPrompt> prompts(SweepPlan<S, T> plan, int count) {
        return List.of();
    }

    /** A line of an estimate, formatted alike in every locale. */
    static String line(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
