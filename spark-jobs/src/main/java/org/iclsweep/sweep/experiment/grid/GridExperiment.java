package org.iclsweep.sweep.experiment.grid;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.experiment.Plan;
import org.iclsweep.sweep.experiment.ResultTable;
import org.iclsweep.sweep.experiment.ShownPrompt;
import org.iclsweep.sweep.experiment.Stratum;
import org.iclsweep.sweep.experiment.SweepInput;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.table.Table;

/** A kind of sweep whose trials are a grid, with one row for each trial. */
public abstract class GridExperiment implements Experiment<GridSpecification, Trial> {
    /** The table of the kind. */
    protected abstract Table<TrialRow> table();

    /** The grid that was read, with what the kind has besides; every fault goes to the reader's section. */
    protected abstract GridSpecification specification(GridReader reader);

    /** True if the kind converts contexts, by the key {@code methods}. */
    protected boolean converts() {
        return true;
    }

    @Override
    public List<KeyBlock> keys() {
        return GridReader.keys();
    }

    @Override
    public final SweepConfiguration<GridSpecification> read(SweepDocument document) {
        GridReader reader = new GridReader(document, converts());
        return reader.configuration(specification(reader));
    }

    @Override
    public final Plan<Trial> plan(GridSpecification specification) {
        return new GridPlan(specification);
    }

    /** Each checkpoint and each file of a task. */
    @Override
    public final List<SweepInput> inputs(GridSpecification specification) {
        Stream<SweepInput> models = specification.models().stream()
                .filter(model -> !model.isRandom())
                .map(model -> new SweepInput(model.path(), model.sha256()));
        Stream<SweepInput> files = specification.tasks().stream()
                .flatMap(task -> InputFiles.OF_A_TASK.stream()
                        .flatMap(key -> Optional.ofNullable(task.parameters().get(key)).stream())
                        .map(file -> new SweepInput(file.toString(), task.digest())));
        return Stream.concat(models, files).distinct().toList();
    }

    @Override
    public final List<ResultTable<?>> tables() {
        return List.of(new ResultTable<>(table(), recorded -> {
            GridSpecification grid = (GridSpecification) recorded.sweep().specification();
            String labels = Spelling.KEBAB.of(grid.demonstrations().labels());
            return List.of(
                    new TrialRow(recorded.sweep().name(), labels, recorded.wave(), recorded.outcome(), recorded.run()));
        }));
    }

    @Override
    public final List<Stratum> strata(SweepPlan<GridSpecification, Trial> plan) {
        GridSpecification grid = plan.sweep().specification();
        Map<String, PlanEstimate> estimates = new HashMap<>();
        return Block.all(grid).stream()
                .map(block -> stratum(
                        plan,
                        block,
                        estimates.computeIfAbsent(
                                block.model().name() + "\n" + block.task().name(),
                                names -> PlanEstimate.of(grid, block.model(), block.task()))))
                .toList();
    }

    /** A block, whose unit is a demonstration set; float64 moves twice as many bytes as float32. */
    private static Stratum stratum(SweepPlan<GridSpecification, Trial> plan, Block block, PlanEstimate estimate) {
        long batch = plan.batchEnd(block.first()) - block.first();
        long unit = Math.min(block.trialsPerSet(), batch);
        double fitting = plan.sweep().execution().batchTokens() / (unit * estimate.tokensPerTrial());
        return new Stratum(
                block.first(),
                block.end(),
                unit,
                (block.dtype().equals("float64") ? 2 : 1) * estimate.flopsPerTrial(),
                Math.max(1, Math.min(fitting, (double) batch / unit)));
    }

    /** The largest model's: one copy at a time is in use. */
    @Override
    public long auditBytes(SweepPlan<GridSpecification, Trial> plan) {
        GridSpecification grid = plan.sweep().specification();
        return grid.evaluation().audit().fraction() == 0
                ? 0
                : grid.models().stream()
                        .filter(model -> !ModelCache.OF_THIS_JVM.holds(model.sha256(), DataType.FLOAT64, Device.cpu()))
                        .mapToLong(model -> ModelFiles.source(model).parameters() * DataType.FLOAT64.getNumOfBytes())
                        .max()
                        .orElse(0);
    }

    @Override
    public List<ShownPrompt> prompts(SweepPlan<GridSpecification, Trial> plan, int count) {
        TrialEncoder encoder = new TrialEncoder(plan.sweep().specification());
        long shown = Math.min(count, plan.size());
        return LongStream.range(0, shown)
                .mapToObj(i -> encoder.shown(plan.trial(i * plan.size() / shown)))
                .toList();
    }

    /** The lines of a grid's estimate with further ones. */
    protected static List<String> with(GridEstimate grid, String... more) {
        return Stream.concat(grid.lines().stream(), Stream.of(more)).toList();
    }
}
