package org.iclsweep.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.run.Batch;

/**
 * Work on one device for a given time, as one JSON object: {@code sweep DEVICE SECONDS CONF [K=V]…}, batches of a sweep
 * from all over its plan, or {@code model DEVICE SECONDS TYPE LAYERS}, conversions of 16 contexts of 512 tokens by a
 * model of hidden size 2,048.
 */
public final class DeviceRun {
    private static final int HIDDEN_SIZE = 2048;
    private static final int CONTEXTS = 16;
    private static final int TOKENS = 512;

    private DeviceRun() {}

    public static void main(String[] args) {
        Device device = Device.fromName(args[1]);
        double seconds = Double.parseDouble(args[2]);
        ObjectNode line = new ObjectMapper().createObjectNode().put("device", args[1]);
        if (args[0].equals("sweep")) {
            sweep(line, device, seconds, Path.of(args[3]), Arrays.copyOfRange(args, 4, args.length));
        } else {
            model(line, device, seconds, DataType.valueOf(args[3].toUpperCase(Locale.ROOT)), Integer.parseInt(args[4]));
        }
        System.out.println(line);
        System.exit(0);
    }

    private static void sweep(ObjectNode line, Device device, double seconds, Path conf, String... settings) {
        PlainLoop<?, ?> loop = PlainLoop.of(conf, settings);
        List<Batch> batches = loop.batches();
        loop.run(batches.subList(0, 1), device);
        double began = System.nanoTime() / 1e9;
        long trials = 0;
        double taken;
        int next = 0;
        do {
            // a golden section apart, so that any number of them is spread evenly
            Batch batch = batches.get((int) (next++ * 0.6180339887498949 % 1 * batches.size()));
            loop.run(List.of(batch), device);
            trials += batch.size();
            taken = System.nanoTime() / 1e9 - began;
        } while (taken < seconds);
        line.put("sweep", conf.getFileName().toString())
                .put("trials", trials)
                .put("seconds", Benchmarks.rounded(taken))
                .put("trials_per_second", Benchmarks.rounded(trials / taken));
    }

    private static void model(ObjectNode line, Device device, double seconds, DataType type, int layers) {
        Random random = new Random(1);
        List<List<TokenSequence>> contexts = IntStream.range(0, CONTEXTS)
                .mapToObj(i -> List.of(Subject.tokens(random, TOKENS)))
                .toList();
        try (LanguageModel model = Subject.model("linear_llama", HIDDEN_SIZE, layers, type, device)) {
            convert(model, contexts);
            double began = System.nanoTime() / 1e9;
            int passes = 0;
            double taken;
            do {
                convert(model, contexts);
                passes++;
                taken = System.nanoTime() / 1e9 - began;
            } while (taken < seconds);
            long parameters =
                    model.tensors().values().stream().mapToLong(NDArray::size).sum();
            line.put("parameters", parameters)
                    .put("type", type.name())
                    .put("contexts_per_second", Benchmarks.rounded(CONTEXTS * passes / taken));
        }
    }

    private static void convert(LanguageModel model, List<List<TokenSequence>> contexts) {
        try (NDManager batch = model.newBatch()) {
            List<ContextState> states =
                    model.contextStates(batch, contexts, model.initialState(batch), Padding.LONGEST);
            for (NDArray state : states.get(0).tensors().values()) {
                state.flatten().get(0).toType(DataType.FLOAT32, false).getFloat();
            }
        }
    }
}
