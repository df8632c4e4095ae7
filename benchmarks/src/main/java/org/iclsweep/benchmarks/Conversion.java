package org.iclsweep.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** 16 queries of 8 tokens after one context: read with it, each with a copy of it, or on what it left behind. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@SuppressWarnings("NullAway.Init")
public class Conversion {
    @Param({"linear_llama", "gated_deltanet"})
    public String family;

    @Param({"128", "1024"})
    public int contextTokens;

    private LanguageModel model;
    private NDManager kept;
    private TokenSequence context;
    private List<Continuation> queries;
    private List<PromptTree> single;
    private PromptTree packed;
    private ContextState state;

    @Setup(Level.Trial)
    public void prepare() {
        Random random = new Random(1);
        model = Subject.model(family);
        context = Subject.tokens(random, contextTokens);
        queries = Subject.queries(random, 16, 8).stream()
                .map(query -> new Continuation(query, 7))
                .toList();
        List<PromptTree.Branch> branches = queries.stream()
                .map(query -> new PromptTree.Branch(contextTokens, query))
                .toList();
        single = branches.stream()
                .map(branch -> new PromptTree(context, List.of(branch)))
                .toList();
        packed = new PromptTree(context, branches);
        kept = model.newBatch();
        try (NDManager batch = model.newBatch()) {
            state = converted(batch).attachedTo(kept);
        }
    }

    @TearDown(Level.Trial)
    public void close() {
        kept.close();
        model.close();
    }

    private ContextState converted(NDManager batch) {
        return model.contextStates(batch, List.of(List.of(context)), model.initialState(batch), Padding.LONGEST)
                .get(0);
    }

    private float sum(NDArray hidden) {
        return model.logits(hidden).sum().getFloat();
    }

    /** Every prompt by itself, the context read 16 times. */
    @Benchmark
    public float promptedOneAtATime() {
        float sum = 0;
        for (PromptTree tree : single) {
            try (NDManager batch = model.newBatch()) {
                sum += sum(model.prompted(batch, List.of(tree), Padding.LONGEST, RunObserver.NONE));
            }
        }
        return sum;
    }

    /** All prompts in one tree, the context read once. */
    @Benchmark
    public float promptedPacked() {
        try (NDManager batch = model.newBatch()) {
            return sum(model.prompted(batch, List.of(packed), Padding.LONGEST, RunObserver.NONE));
        }
    }

    /** The context alone, into its state. */
    @Benchmark
    public float convert() {
        try (NDManager batch = model.newBatch()) {
            return converted(batch).tensors().values().iterator().next().sum().getFloat();
        }
    }

    /** The queries alone, on a state that is there. */
    @Benchmark
    public float converted() {
        try (NDManager batch = model.newBatch()) {
            return sum(model.continued(batch, queries, state, Padding.LONGEST, RunObserver.NONE));
        }
    }

    /** The queries alone, one at a time, on a state that is there. */
    @Benchmark
    public float convertedOneAtATime() {
        float sum = 0;
        for (Continuation query : queries) {
            try (NDManager batch = model.newBatch()) {
                sum += sum(model.continued(batch, List.of(query), state, Padding.LONGEST, RunObserver.NONE));
            }
        }
        return sum;
    }
}
