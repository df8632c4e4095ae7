package org.iclsweep.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;

/** Ratios of passes of random models, one thread. */
final class ModelRatios {
    private static final List<String> FAMILIES = List.of("linear_llama", "mamba2", "gated_deltanet", "rwkv7");
    private static final int[] HIDDEN_SIZES = {512, 1024, 2048};
    private static final int CONTEXT = 1024;

    private final Consumer<Ratio> found;

    private ModelRatios(Consumer<Ratio> found) {
        this.found = found;
    }

    static Map<String, Ratios.Benchmark> benchmarks() {
        Map<String, Ratios.Benchmark> all = new LinkedHashMap<>();
        all.put("conversion-rate", found -> new ModelRatios(found).conversionRate());
        all.put("prompted", found -> new ModelRatios(found).prompted());
        all.put("amortisation", found -> new ModelRatios(found).amortisation());
        all.put("nested", found -> new ModelRatios(found).nested());
        all.put("shared-beginning", found -> new ModelRatios(found).sharedBeginning());
        all.put("float64", found -> new ModelRatios(found).doublePrecision());
        return all;
    }

    /** The projections of a pass alone, of the pass: what is left is the engine's own rate of matrix products. */
    private void conversionRate() {
        for (String family : FAMILIES) {
            for (int hidden : HIDDEN_SIZES) {
                try (LanguageModel model = Subject.model(family, hidden, 2, DataType.FLOAT32)) {
                    TokenSequence context = Subject.tokens(new Random(1), CONTEXT);
                    found.accept(Ratio.of(
                            "conversion-rate " + family + " " + hidden,
                            Ratio.compared(
                                    "the matrix products of the projections of %d tokens / the conversion pass over them, hidden size %d",
                                    CONTEXT, hidden),
                            () -> products(model, CONTEXT),
                            () -> convert(model, List.of(List.of(context)))));
                }
            }
        }
    }

    /** x Wᵀ for each matrix of the blocks. */
    private static void products(LanguageModel model, int tokens) {
        try (NDManager batch = model.newBatch()) {
            model.tensors().forEach((name, weight) -> {
                Shape shape = weight.getShape();
                if (name.contains("layers.") && shape.dimension() == 2) {
                    try (NDManager one = batch.newSubManager()) {
                        NDArray x = one.ones(new Shape(tokens, shape.get(1)), weight.getDataType());
                        read(Linear.linear(x, weight, null).singletonOrThrow());
                    }
                }
            });
        }
    }

    private static void convert(LanguageModel model, List<List<TokenSequence>> contexts) {
        try (NDManager batch = model.newBatch()) {
            List<ContextState> states =
                    model.contextStates(batch, contexts, model.initialState(batch), Padding.LONGEST);
            read(states.get(states.size() - 1).tensors().values().iterator().next());
        }
    }

    /** Waits until it is there. */
    static void read(NDArray array) {
        array.flatten().getFloat(0);
    }

    private static void prompted(LanguageModel model, List<PromptTree> trees, Padding padding) {
        try (NDManager batch = model.newBatch()) {
            read(model.prompted(batch, trees, padding, RunObserver.NONE).toType(DataType.FLOAT32, false));
        }
    }

    /** The conversion of a context, and queries on what it left. */
    private static void converted(LanguageModel model, TokenSequence context, List<Continuation> queries) {
        try (NDManager batch = model.newBatch()) {
            ContextState state = model.contextStates(
                            batch, List.of(List.of(context)), model.initialState(batch), Padding.LONGEST)
                    .get(0);
            read(model.continued(batch, queries, state, Padding.LONGEST, RunObserver.NONE)
                    .toType(DataType.FLOAT32, false));
        }
    }

    private static List<Continuation> queries(int count, int length) {
        return Subject.queries(new Random(2), count, length).stream()
                .map(query -> new Continuation(query, length - 1))
                .toList();
    }

    private void prompted() {
        for (String family : List.of("linear_llama", "mamba2", "gated_deltanet", "llama", "mistral")) {
            for (int tokens : new int[] {128, CONTEXT}) {
                try (LanguageModel model = Subject.model(family, 512, 4, DataType.FLOAT32)) {
                    TokenSequence context = Subject.tokens(new Random(1), tokens);
                    List<Continuation> queries = queries(16, 24);
                    found.accept(Ratio.of(
                            "prompted " + family + " " + tokens,
                            Ratio.compared(
                                    "16 queries of 24 tokens after a context of %d, prompted / converted, the conversion included",
                                    tokens),
                            () -> prompted(model, List.of(PromptTree.of(context, queries)), Padding.LONGEST),
                            () -> converted(model, context, queries)));
                }
            }
        }
    }

    /** An eighth of the whole prompts is run, as they are alike and take minutes. */
    private void amortisation() {
        int count = 64;
        int part = 8;
        int length = 24;
        for (int tokens : new int[] {512, 2000}) {
            try (LanguageModel model = Subject.model("linear_llama", 512, 2, DataType.FLOAT32)) {
                TokenSequence context = Subject.tokens(new Random(1), tokens);
                List<Continuation> queries = queries(count, length);
                List<PromptTree> whole = queries.subList(0, count / part).stream()
                        .map(query -> PromptTree.of(context, List.of(query)))
                        .toList();
                double ideal = count * (tokens + length) / (double) (tokens + count * length);
                found.accept(Ratio.of(
                                "amortisation " + tokens,
                                Ratio.compared(
                                        "%d queries after %d tokens, each a whole prompt (%d times the time of %d) / converted, over Q(M+q)/(M+Qq) = %.3g",
                                        count, tokens, part, count / part, ideal),
                                () -> whole.forEach(tree -> prompted(model, List.of(tree), Padding.LONGEST)),
                                () -> converted(model, context, queries))
                        .times(part / ideal));
            }
        }
    }

    /** One pass leaves the state of every shot count. */
    private void nested() {
        int[] shots = {0, 1, 2, 4, 8, 16, 32};
        for (String family : FAMILIES) {
            try (LanguageModel model = Subject.model(family, 512, 2, DataType.FLOAT32)) {
                Random random = new Random(1);
                List<TokenSequence> segments = IntStream.range(0, shots.length)
                        .mapToObj(i -> Subject.tokens(random, 24 * (shots[i] - (i == 0 ? 0 : shots[i - 1]))))
                        .toList();
                List<TokenSequence> all = List.of(TokenSequence.concat(segments));
                found.accept(Ratio.of(
                        "nested " + family,
                        "conversion of 0 to 32 demonstrations of 24 tokens at once / of 32",
                        () -> convert(model, List.of(segments)),
                        () -> convert(model, List.of(all))));
            }
        }
    }

    private void sharedBeginning() {
        try (LanguageModel model = Subject.model("gated_deltanet", 512, 2, DataType.FLOAT32)) {
            Random random = new Random(1);
            TokenSequence beginning = Subject.tokens(random, 256);
            List<List<TokenSequence>> together = IntStream.range(0, 8)
                    .mapToObj(i -> List.of(beginning.then(Subject.tokens(random, 256))))
                    .toList();
            List<List<TokenSequence>> apart = IntStream.range(0, 8)
                    .mapToObj(i -> List.of(Subject.tokens(random, 512)))
                    .toList();
            found.accept(Ratio.of(
                    "shared-beginning",
                    "conversion of 8 contexts of 512 tokens with 256 in common / with nothing in common",
                    () -> convert(model, together),
                    () -> convert(model, apart)));
        }
    }

    private void doublePrecision() {
        for (String family : FAMILIES) {
            try (LanguageModel single = Subject.model(family, 512, 2, DataType.FLOAT32);
                    LanguageModel twice = Subject.model(family, 512, 2, DataType.FLOAT64)) {
                TokenSequence context = Subject.tokens(new Random(1), CONTEXT);
                List<Continuation> queries = queries(16, 24);
                found.accept(Ratio.of(
                        "float64 " + family,
                        "conversion and 16 converted queries in float64 / in float32",
                        () -> converted(twice, context, queries),
                        () -> converted(single, context, queries)));
            }
        }
    }
}
