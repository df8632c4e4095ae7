package org.iclsweep.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.checkpoint.CheckpointWriter;
import org.iclsweep.model.checkpoint.TensorEntry;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.sweep.config.Environment;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.conversion.ConversionExperiment;
import org.iclsweep.sweep.experiment.conversion.ConversionResult;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.MeasuredTrial;
import org.iclsweep.sweep.experiment.grid.PrefixGroup;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialEncoder;
import org.iclsweep.sweep.run.AttemptJournal;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.BatchRun;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.TrialOutcome;

/** The batches of a sweep of one model, run by the sweep's own code without Spark, and described for its peer. */
final class PeerWork {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int COLUMNS = 64;

    private final SweepPlan<GridSpecification, Trial> plan;
    private final BatchRun<Trial> run;

    PeerWork(Path conf, List<String> settings) {
        ConversionExperiment experiment = new ConversionExperiment();
        SweepDocument document = SweepDocument.load(conf, settings, Environment.ofThisProcess());
        this.plan = new SweepPlan<>(experiment, experiment.read(document));
        this.run = new BatchRun<>(experiment.runner(plan.sweep(), Device.cpu()), new NoJournal());
    }

    private record NoJournal() implements AttemptJournal {
        @Override
        public int lost(String unit) {
            return 0;
        }

        @Override
        public Note begin(String unit) {
            return () -> {};
        }
    }

    private List<List<Trial>> batches() {
        List<List<Trial>> batches = new ArrayList<>();
        for (long first = 0; first < plan.size(); first = plan.batchEnd(first)) {
            batches.add(plan.trials(new Batch(first, plan.batchEnd(first))));
        }
        return batches;
    }

    long trials() {
        return plan.size();
    }

    int size() {
        return batches().size();
    }

    /** The processor seconds of this thread for a batch, from its demonstrations' draw to its measures. */
    double seconds(int batch) {
        List<Trial> trials = batches().get(batch);
        long began = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        outcomes(trials);
        return (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - began) / 1e9;
    }

    private List<MeasuredTrial<?>> outcomes(List<Trial> batch) {
        List<MeasuredTrial<?>> measured = new ArrayList<>();
        for (TrialOutcome outcome : run.run("peer", batch)) {
            if (!(outcome instanceof MeasuredTrial<?> trial)) {
                throw new IllegalStateException("A trial failed: " + outcome);
            }
            measured.add(trial);
        }
        return measured;
    }

    /** The margins of every query, converted and prompted, trial by trial. */
    List<double[]> margins() {
        List<double[]> margins = new ArrayList<>();
        for (List<Trial> batch : batches()) {
            for (MeasuredTrial<?> trial : outcomes(batch)) {
                ConversionResult result = (ConversionResult) trial.measures();
                for (ConversionResult.Prediction prediction :
                        result.predictions() == null ? List.<ConversionResult.Prediction>of() : result.predictions()) {
                    if (prediction.convertedMargin() != null && prediction.promptedMargin() != null) {
                        margins.add(new double[] {prediction.convertedMargin(), prediction.promptedMargin()});
                    }
                }
            }
        }
        return margins;
    }

    /**
     * Logits of each batch's first set in one uninterrupted run: its first 64 scored positions, one column of the
     * vocabulary in so many that about 64 are left.
     */
    List<float[][]> logits() {
        List<float[][]> all = new ArrayList<>();
        for (List<Trial> batch : batches()) {
            try (ModelCache.Use use = use(batch.get(0));
                    NDManager scope = use.get().model().newBatch()) {
                NDArray hidden = use.get()
                        .model()
                        .prompted(
                                scope,
                                List.of(groups(batch, use.get())
                                        .get(0)
                                        .prompts(everyPosition(batch))
                                        .tree()),
                                Padding.LONGEST,
                                RunObserver.NONE);
                float[] logits = use.get().model().logits(hidden).toFloatArray();
                int width = use.get().model().outputs();
                int step = Math.max(1, width / COLUMNS);
                float[][] some = new float[Math.min(COLUMNS, logits.length / width)][(width + step - 1) / step];
                for (int row = 0; row < some.length; row++) {
                    for (int column = 0; column < some[row].length; column++) {
                        some[row][column] = logits[row * width + column * step];
                    }
                }
                all.add(some);
            }
        }
        return all;
    }

    private static ModelCache.Use use(Trial trial) {
        return ModelCache.OF_THIS_JVM.use(
                trial.model().sha256(), trial.model()::source, DataType.FLOAT32, Device.cpu());
    }

    private List<PrefixGroup> groups(List<Trial> batch, ModelCache.LoadedModel model) {
        return PrefixGroup.of(new TrialEncoder(plan.sweep().specification()).encoded(batch, model));
    }

    /** True if no query has an answer: logits are compared at every position. */
    private static boolean everyPosition(List<Trial> batch) {
        return batch.get(0).task().name().equals("random-tokens");
    }

    /** The peer's task in {@code directory}: the model, and the tokens of every batch. */
    Path describe(Path directory, ObjectNode options) throws IOException {
        List<List<Trial>> batches = batches();
        ObjectNode task = JSON.createObjectNode();
        task.set("options", options);
        try (ModelCache.Use use = use(batches.get(0).get(0))) {
            task.put("model", model(directory, use.get()).toAbsolutePath().toString());
            for (List<Trial> batch : batches) {
                describe(task.withArray("batches").addObject(), groups(batch, use.get()), everyPosition(batch));
            }
        }
        Path file = directory.resolve("work.json");
        Files.write(file, JSON.writeValueAsBytes(task));
        return file;
    }

    private static Path model(Path directory, ModelCache.LoadedModel loaded) {
        Path given = loaded.directory();
        if (given != null) {
            return given;
        }
        Path written = directory.resolve("model");
        List<TensorEntry> tensors = loaded.model().tensors().entrySet().stream()
                .map(tensor -> TensorEntry.of(tensor.getKey(), tensor.getValue()))
                .toList();
        CheckpointWriter.write(written, loaded.config(), tensors, List.of());
        return written;
    }

    /** Sets with their runs, and for each query the row of the scored positions and the token of each label's parts. */
    private static void describe(ObjectNode batch, List<PrefixGroup> groups, boolean everyPosition) {
        ArrayNode answers = batch.putArray("answers");
        int row = 0;
        for (PrefixGroup group : groups) {
            ObjectNode set = batch.withArray("sets").addObject();
            group.prompts(everyPosition)
                    .segments()
                    .forEach(segment -> set.withArray("segments").add(JSON.valueToTree(segment.ids())));
            for (EncodedTrial member : group.members()) {
                ArrayNode runs = set.withArray("runs").addArray();
                for (EncodedQuery query : EncodedQuery.withContentFree(member.queries())) {
                    row = describe(query, runs, answers.addArray(), row, everyPosition);
                    if (!member.queries().contains(query)) {
                        ((ArrayNode) answers.get(answers.size() - 1)).removeAll(); // calibrates, and answers nothing
                    }
                }
            }
        }
    }

    private static int describe(EncodedQuery query, ArrayNode runs, ArrayNode labels, int row, boolean everyPosition) {
        List<Continuation> continuations = query.continuations(everyPosition);
        int[] starts = new int[continuations.size()];
        int next = row;
        for (int i = 0; i < starts.length; i++) {
            Continuation continuation = continuations.get(i);
            starts[i] = next - continuation.scoredFrom();
            next += continuation.scored();
            ObjectNode one = runs.addObject().put("from", continuation.scoredFrom());
            one.set("tokens", JSON.valueToTree(continuation.tokens().ids()));
        }
        for (int label = 0; label < query.answers().size(); label++) {
            ArrayNode parts = labels.addArray();
            int[] tokens = query.answers().get(label).tokens();
            List<int[]> places = query.readAt(label);
            for (int i = 0; i < tokens.length; i++) {
                parts.addArray()
                        .add(starts[places.get(i)[0]] + places.get(i)[1])
                        .add(tokens[i]);
            }
        }
        return next;
    }
}
