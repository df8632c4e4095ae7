package org.iclsweep.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.Mixing;
import org.iclsweep.model.family.ResidualBranch;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.tensor.Parameters;
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

/** One mixer's chunked form over 4 rows of 1,024 tokens: how many of them at once? */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@SuppressWarnings("NullAway.Init")
public class ChunkSize {
    private static final int ROWS = 4;
    private static final int TOKENS = 1024;

    @Param({"linear_llama", "gated_deltanet"})
    public String family;

    @Param({"64", "16", "32", "128", "256"})
    public int chunk;

    private LanguageModel model;
    private NDManager kept;
    private TokenMixer mixer;
    private Parameters parameters;
    private Parameters initial;
    private NDArray x;

    @Setup(Level.Trial)
    public void prepare() {
        model = Subject.model(family);
        kept = model.newBatch();
        Architecture layout = model.layout();
        ResidualBranch first = layout.blocks().get(0).get(0);
        mixer = ((Mixing) first.function()).mixer();
        parameters = Parameters.of(model.tensors()).in(first.module());
        Map<String, NDArray> zeros = new LinkedHashMap<>();
        mixer.stateTensors()
                .forEach(tensor ->
                        zeros.put(tensor.name(), kept.zeros(new Shape(1).addAll(tensor.shape()), DataType.FLOAT32)));
        initial = Parameters.of(zeros);
        Random random = new Random(1);
        float[] values = new float[ROWS * TOKENS * Subject.HIDDEN_SIZE];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        x = kept.create(values, new Shape(ROWS, TOKENS, Subject.HIDDEN_SIZE));
    }

    @TearDown(Level.Trial)
    public void close() {
        kept.close();
        model.close();
    }

    @Benchmark
    public float chunked() {
        try (NDManager batch = model.newBatch()) {
            int[] lengths = {TOKENS, TOKENS, TOKENS, TOKENS};
            ChunkedLayout slots = ChunkedLayout.of(batch, DataType.FLOAT32, lengths, chunk);
            // Results belong to the manager of the input.
            NDArray inScope = x.duplicate();
            inScope.attach(batch);
            return mixer.chunked(TokenMixer.Input.of(inScope), parameters, slots, initial)
                    .output()
                    .output()
                    .sum()
                    .getFloat();
        }
    }
}
