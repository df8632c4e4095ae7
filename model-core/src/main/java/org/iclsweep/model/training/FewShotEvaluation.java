package org.iclsweep.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.DemonstrationSet;
import org.iclsweep.datasets.demonstration.Episode;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.datasets.task.TaskBlock;
import org.iclsweep.datasets.template.PromptTemplate;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.EncodedPrompt;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.LabelPieces;
import org.iclsweep.model.prompt.Piece;
import org.iclsweep.model.prompt.PromptEncoder;
import org.iclsweep.model.prompt.PromptForm;
import org.iclsweep.model.prompt.ReadBefore;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.prompt.Tokenizer;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.training.TrainingConfiguration.Examination;
import org.jspecify.annotations.Nullable;

/**
 * Accuracy of a model that was trained for episodes, by the number of demonstrations, beside what simple methods make
 * of the same demonstrations. The states after nested contexts are taken in one pass.
 */
public final class FewShotEvaluation {
    private static final long DEAL_STREAM = 0x4445414CL;
    private static final int SETS_AT_ONCE = 16;

    private final JsonNode config;
    private final @Nullable Tokenizer tokenizer;
    private final Examination examination;
    private final List<Examined> tasks;

    /** A task, and the template of its inputs where that is not the model's. */
    private record Examined(Task task, @Nullable String template) {
        static Examined load(TaskBlock block) {
            for (String key : List.of("chat", "instruction", "special-tokens")) {
                if (block.parameters().containsKey(key)) {
                    throw new TrainingException(
                            "task " + block.name() + ": " + key
                                    + ": expected it in a sweep, found it in a training; a model is examined as it was trained");
                }
            }
            Object template = block.parameters().get("template");
            return new Examined(block.load(), template instanceof String own && !own.equals("model") ? own : null);
        }
    }

    /**
     * Reads the files of the tasks.
     *
     * @param config with {@code icl_labels} and, for texts, {@code icl_template}
     * @param tokenizer null for models that read no text
     */
    public FewShotEvaluation(JsonNode config, @Nullable Tokenizer tokenizer, Examination examination) {
        this.config = config;
        this.tokenizer = tokenizer;
        this.examination = examination;
        this.tasks = examination.tasks().stream().map(Examined::load).toList();
    }

    /**
     * Accuracies at one number of demonstrations.
     *
     * @param model of the model; that at 0 shots is its zero-shot accuracy
     * @param perSeed the same, seed by seed
     * @param nearestCentroid NaN where it does not apply
     * @param ridge NaN where it does not apply
     * @param queries number of queries in all
     */
    public record Accuracies(double model, List<Double> perSeed, double nearestCentroid, double ridge, int queries) {}

    /** The curve of a task; chance is 1 / labels. */
    public record Curve(String task, double chance, Map<Integer, Accuracies> byShots) {}

    /** Right answers of one seed at one shot count. */
    private static final class Tally {
        private int model;
        private int centroid;
        private int ridge;
        private int queries;
    }

    /** The curve of each task, evaluated when it is asked for. */
    public Stream<Curve> curves(LanguageModel model) {
        return tasks.stream().map(examined -> curve(model, examined));
    }

    private Curve curve(LanguageModel model, Examined examined) {
        Task task = examined.task();
        boolean isChoice = task.kind() == Task.Kind.CLASSIFICATION;
        int[] shots = examination.shots().stream()
                .mapToInt(Integer::intValue)
                .filter(k -> k <= task.available())
                .sorted()
                .toArray();
        List<Tally[]> tallies = new ArrayList<>();
        for (long seed : examination.seeds()) {
            Tally[] ofSeed = Stream.generate(Tally::new).limit(shots.length).toArray(Tally[]::new);
            tallies.add(ofSeed);
            SamplingPlan plan = new SamplingPlan(
                    seed,
                    SamplingPlan.Sampling.BALANCED,
                    true,
                    SamplingPlan.Order.SAMPLED,
                    SamplingPlan.LabelMode.GOLD,
                    examination.queries());
            for (int from = 0; from < examination.sets(); from += SETS_AT_ONCE) {
                List<Episode> episodes = IntStream.range(from, Math.min(examination.sets(), from + SETS_AT_ONCE))
                        .mapToObj(set -> EpisodeSampler.episode(task, plan, set, shots[shots.length - 1]))
                        .toList();
                countModel(model, examined, shots, episodes, ofSeed);
                if (isChoice) {
                    episodes.forEach(episode -> countBaselines(task, shots, episode, ofSeed));
                }
            }
        }
        Map<Integer, Accuracies> byShots = new TreeMap<>();
        for (int i = 0; i < shots.length; i++) {
            int at = i;
            List<Tally> seeds = tallies.stream().map(ofSeed -> ofSeed[at]).toList();
            byShots.put(shots[i], accuracies(seeds, isChoice && shots[i] > 0));
        }
        int labels = isChoice ? task.labels().size() : model.outputs();
        return new Curve(task.name(), 1.0 / labels, byShots);
    }

    private static Accuracies accuracies(List<Tally> seeds, boolean baselines) {
        int queries = total(seeds, tally -> tally.queries);
        return new Accuracies(
                (double) total(seeds, tally -> tally.model) / queries,
                seeds.stream()
                        .map(tally -> (double) tally.model / tally.queries)
                        .toList(),
                baselines ? (double) total(seeds, tally -> tally.centroid) / queries : Double.NaN,
                baselines ? (double) total(seeds, tally -> tally.ridge) / queries : Double.NaN,
                queries);
    }

    private static int total(List<Tally> seeds, ToIntFunction<Tally> count) {
        return seeds.stream().mapToInt(count).sum();
    }

    private static void countBaselines(Task task, int[] shots, Episode episode, Tally[] tallies) {
        List<Input> queries =
                episode.queries().stream().map(Demonstration::input).toList();
        int[] gold = labels(episode.queries());
        for (int i = 0; i < shots.length; i++) {
            if (shots[i] > 0) {
                List<Demonstration> shown =
                        episode.demonstrations().demonstrations().subList(0, shots[i]);
                ClassicalBaselines baselines = new ClassicalBaselines(
                        shown.stream().map(Demonstration::input).toList(),
                        labels(shown),
                        task.labels().size());
                tallies[i].centroid += equal(baselines.nearestCentroid(queries), gold);
                tallies[i].ridge += equal(baselines.ridge(queries), gold);
            }
        }
    }

    private static int[] labels(List<Demonstration> demonstrations) {
        return demonstrations.stream().mapToInt(VectorEpisodes::label).toArray();
    }

    private static int equal(int[] a, int[] b) {
        return (int) IntStream.range(0, a.length).filter(i -> a[i] == b[i]).count();
    }

    private void countModel(
            LanguageModel model, Examined examined, int[] shots, List<Episode> episodes, Tally[] tallies) {
        PromptEncoder encoder = encoder(model, examined);
        List<EncodedPrompt> prompts = episodes.stream()
                .map(episode -> encoded(encoder, episode, examined))
                .toList();
        List<List<TokenSequence>> contexts =
                prompts.stream().map(prompt -> segments(prompt, shots)).toList();
        try (NDManager batch = model.newBatch()) {
            List<ContextState> states =
                    model.contextStates(batch, contexts, model.initialState(batch), Padding.LONGEST);
            for (int i = 0; i < shots.length; i++) {
                count(model, batch, prompts, states.get(i), tallies[i]);
            }
        }
    }

    private EncodedPrompt encoded(PromptEncoder encoder, Episode episode, Examined examined) {
        DemonstrationSet shown = episode.demonstrations();
        return encoder.encode(shown.demonstrations(), episode.queries(), dealt(examined.task(), shown.seed()));
    }

    private PromptEncoder encoder(LanguageModel model, Examined examined) {
        String template = examined.template() != null
                ? examined.template()
                : config.path("icl_template").asText("");
        return new PromptEncoder(
                tokenizer,
                new PromptForm.Plain(
                        template.isEmpty() ? null : PromptTemplate.parse(template),
                        model.layout().dimensions().inputSize()),
                ReadBefore.NOTHING);
    }

    /** The model's label tokens, some of them, in an order drawn for each demonstration set. */
    private LabelPieces dealt(Task task, long seed) {
        JsonNode pool = config.path("icl_labels");
        int[] order = RandomStream.of(seed, DEAL_STREAM).nextPermutation(pool.size());
        return new LabelPieces(IntStream.range(0, task.labels().size())
                .mapToObj(label -> pool.get(order[label]))
                .map(label ->
                        label.isInt() ? Piece.tokens(TokenSequence.of(label.asInt())) : Piece.text(label.asText()))
                .toList());
    }

    /** The demonstrations between one shot count and the next. */
    private static List<TokenSequence> segments(EncodedPrompt prompt, int[] shots) {
        List<TokenSequence> segments = new ArrayList<>();
        int from = 0;
        for (int k : shots) {
            List<TokenSequence> some = new ArrayList<>(prompt.demonstrations().subList(from, k));
            if (segments.isEmpty()) {
                some.add(0, prompt.leading());
            }
            segments.add(TokenSequence.concat(some));
            from = k;
        }
        return segments;
    }

    private static void count(
            LanguageModel model, NDManager batch, List<EncodedPrompt> prompts, ContextState states, Tally tally) {
        List<Continuation> queries = new ArrayList<>();
        List<Integer> rows = new ArrayList<>();
        List<EncodedQuery> asked = new ArrayList<>();
        for (int row = 0; row < prompts.size(); row++) {
            for (EncodedQuery query : prompts.get(row).queries()) {
                queries.add(new Continuation(query.tokens(), query.tokens().length() - 1));
                rows.add(row);
                asked.add(query);
            }
        }
        NDArray index = batch.create(rows.stream().mapToLong(Integer::longValue).toArray());
        NDArray logits =
                model.logits(model.continued(batch, queries, states.select(index), Padding.LONGEST, RunObserver.NONE));
        double[][] ofQueries = Doubles.rows(logits);
        for (int query = 0; query < ofQueries.length; query++) {
            tally.queries++;
            tally.model += isRight(ofQueries[query], asked.get(query)) ? 1 : 0;
        }
    }

    /**
     * True if the right answer's first token has the greatest logit, among those of the labels where there are such.
     */
    private static boolean isRight(double[] logits, EncodedQuery query) {
        if (query.judgement() instanceof EncodedQuery.Choice choice) {
            double[] scores = choice.options().stream()
                    .mapToDouble(option -> logits[option.tokens()[0]])
                    .toArray();
            return Vectors.argmax(scores) == choice.gold();
        }
        if (query.judgement() instanceof EncodedQuery.Following following) {
            return Vectors.argmax(logits) == following.tokens()[0];
        }
        throw new IllegalArgumentException("An evaluation counts labels and tokens, found " + query.judgement());
    }
}
