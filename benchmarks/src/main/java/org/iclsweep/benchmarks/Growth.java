package org.iclsweep.benchmarks;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The growth of the cost with one size at a time, the others fixed: the least processor time of some runs of each size,
 * one JSON object a line. {@code benchmarks/growth} draws it.
 */
public final class Growth {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TRIALS = "trials";
    private static final List<String> ALL = List.of("linear_llama", "gated_deltanet", "llama", TRIALS);
    private static final int RUNS = 4;
    private static final int HIDDEN = 256;
    private static final int LAYERS = 4;
    private static final int TOKENS = 512;
    private static final int DEMONSTRATION = 24;

    private Growth() {}

    /** {@code args}: model types, or {@code trials}; all by default. */
    public static void main(String[] args) {
        List<String> asked = args.length > 0 ? List.of(args) : ALL;
        asked.stream().filter(name -> !name.equals(TRIALS)).forEach(Growth::passes);
        if (asked.contains(TRIALS)) {
            trials();
        }
        System.exit(0);
    }

    private static void passes(String family) {
        try (LanguageModel model = Subject.model(family, HIDDEN, LAYERS, DataType.FLOAT32)) {
            for (int tokens : new int[] {128, 256, 512, 1024, 2048}) {
                print("context tokens", family, tokens, () -> convert(model, List.of(tokens)));
            }
            for (int shots : new int[] {4, 8, 16, 32, 64}) {
                print("demonstrations", family, shots, () -> convert(model, nested(shots)));
            }
        }
        for (int hidden : new int[] {64, 128, 256, 512, 1024}) {
            try (LanguageModel model = Subject.model(family, hidden, LAYERS, DataType.FLOAT32)) {
                print("hidden size", family, hidden, () -> convert(model, List.of(TOKENS)));
            }
        }
        for (int layers : new int[] {1, 2, 4, 8, 16}) {
            try (LanguageModel model = Subject.model(family, HIDDEN, layers, DataType.FLOAT32)) {
                print("layers", family, layers, () -> convert(model, List.of(TOKENS)));
            }
        }
    }

    private static void trials() {
        for (int sets : new int[] {2, 4, 8, 16, 32}) {
            PlainLoop<?, ?> loop = PlainLoop.of(
                    Path.of("conf", "sweeps", "quickstart.conf"),
                    "sweep.models=[{ path = \"models/clusters-icl\", dtypes = [float32] }]",
                    "sweep.tasks=[{ name = gaussian-clusters, classes = 4, dimension = 8, sigma = 0.7 }]",
                    "sweep.demonstrations.sets-per-task=" + sets,
                    "sweep.evaluation.audit.fraction=0");
            print(TRIALS, "clusters-icl", (int) loop.plan().size(), () -> loop.run(loop.batches()));
        }
    }

    /** Segments that end with each power of two of demonstrations. */
    private static List<Integer> nested(int shots) {
        return IntStream.iterate(1, count -> count <= shots, count -> 2 * count)
                .map(count -> DEMONSTRATION * (count == 1 ? 1 : count / 2))
                .boxed()
                .toList();
    }

    private static void convert(LanguageModel model, List<Integer> lengths) {
        Random random = new Random(1);
        List<TokenSequence> segments =
                lengths.stream().map(length -> Subject.tokens(random, length)).toList();
        try (NDManager batch = model.newBatch()) {
            List<ContextState> states =
                    model.contextStates(batch, List.of(segments), model.initialState(batch), Padding.LONGEST);
            states.get(0).tensors().values().iterator().next().flatten().getFloat(0);
        }
    }

    /** The least of the times: what else runs on the machine makes each of them longer, never shorter. */
    private static void print(String size, String family, int value, Ratio.Work work) {
        work.run();
        work.run();
        double seconds = IntStream.range(0, RUNS)
                .mapToDouble(run -> Ratio.seconds(work))
                .min()
                .orElseThrow();
        System.out.println(JSON.createObjectNode()
                .put("size", size)
                .put("family", family)
                .put("value", value)
                .put("seconds", Benchmarks.rounded(seconds)));
    }
}
