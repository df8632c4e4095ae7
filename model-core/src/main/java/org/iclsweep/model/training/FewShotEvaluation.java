package org.iclsweep.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Episode;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.datasets.template.LabelWords;
import org.iclsweep.datasets.template.PromptTemplate;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.LabelTokens;
import org.iclsweep.model.prompt.PromptEncoder;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.prompt.Tokenizer;
import org.jspecify.annotations.Nullable;

/**
 * Accuracy of a model that was trained for episodes, by the number of demonstrations, beside what simple methods make
 * of the same demonstrations. The states after nested contexts are taken in one pass.
 */
public final class FewShotEvaluation {
    private static final long DEAL_STREAM = 0x4445414CL;
    private static final int SETS_AT_ONCE = 16;

    private final LanguageModel model;
    private final JsonNode config;
    private final @Nullable Tokenizer tokenizer;

    /**
     * @param config with {@code icl_labels} and, for texts, {@code icl_template}
     * @param tokenizer null for models that read no text
     */
    public FewShotEvaluation(LanguageModel model, JsonNode config, @Nullable Tokenizer tokenizer) {
        this.model = model;
        this.config = config;
        this.tokenizer = tokenizer;
    }

    /**
     * The evaluated task and its demonstration sets.
     *
     * @param task the task
     * @param template that its inputs are rendered by, instead of the model's; null: the model's
     * @param shots numbers of demonstrations, ascending
     * @param sets demonstration sets per seed
     * @param queries per set
     */
    public record Request(
            Task task, @Nullable String template, List<Integer> shots, int sets, int queries, List<Long> seeds) {
        public Request {
            shots = List.copyOf(shots);
            seeds = List.copyOf(seeds);
        }
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
        int model;
        int centroid;
        int ridge;
        int queries;
    }

    /** Evaluates one task. */
    public Curve curve(Request request) {
        Task task = request.task();
        boolean isChoice = task.kind() == Task.Kind.CLASSIFICATION;
        List<Integer> shots = request.shots().stream()
                .filter(k -> k <= task.available())
                .sorted()
                .toList();
        List<Map<Integer, Tally>> tallies = new ArrayList<>();
        for (long seed : request.seeds()) {
            SamplingPlan plan = new SamplingPlan(
                    seed,
                    SamplingPlan.Sampling.BALANCED,
                    true,
                    SamplingPlan.Order.SAMPLED,
                    SamplingPlan.LabelMode.GOLD,
                    request.queries());
            Map<Integer, Tally> ofSeed = new TreeMap<>();
            shots.forEach(k -> ofSeed.put(k, new Tally()));
            for (int from = 0; from < request.sets(); from += SETS_AT_ONCE) {
                List<Episode> episodes = IntStream.range(from, Math.min(request.sets(), from + SETS_AT_ONCE))
                        .mapToObj(set -> EpisodeSampler.episode(task, plan, set, shots.get(shots.size() - 1)))
                        .toList();
                countModel(request, shots, episodes, ofSeed);
                if (isChoice) {
                    episodes.forEach(episode -> countBaselines(task, shots, episode, ofSeed));
                }
            }
            tallies.add(ofSeed);
        }
        Map<Integer, Accuracies> byShots = new TreeMap<>();
        shots.forEach(k -> byShots.put(
                k, accuracies(tallies.stream().map(ofSeed -> ofSeed.get(k)).toList(), isChoice && k > 0)));
        int labels = isChoice ? task.labels().size() : model.outputs();
        return new Curve(task.name(), 1.0 / labels, byShots);
    }

    private static Accuracies accuracies(List<@Nullable Tally> seeds, boolean baselines) {
        double right = 0;
        double centroid = 0;
        double ridge = 0;
        int queries = 0;
        List<Double> perSeed = new ArrayList<>();
        for (Tally tally : seeds) {
            if (tally != null) {
                right += tally.model;
                centroid += tally.centroid;
                ridge += tally.ridge;
                queries += tally.queries;
                perSeed.add((double) tally.model / tally.queries);
            }
        }
        return new Accuracies(
                right / queries,
                perSeed,
                baselines ? centroid / queries : Double.NaN,
                baselines ? ridge / queries : Double.NaN,
                queries);
    }

    private void countBaselines(Task task, List<Integer> shots, Episode episode, Map<Integer, Tally> tallies) {
        List<Input> queries =
                episode.queries().stream().map(Demonstration::input).toList();
        int[] gold = episode.queries().stream().mapToInt(VectorEpisodes::label).toArray();
        for (int k : shots) {
            Tally tally = tallies.get(k);
            if (k == 0 || tally == null) {
                continue;
            }
            List<Demonstration> shown =
                    episode.demonstrations().demonstrations().subList(0, k);
            ClassicalBaselines baselines = new ClassicalBaselines(
                    shown.stream().map(Demonstration::input).toList(),
                    shown.stream().mapToInt(VectorEpisodes::label).toArray(),
                    task.labels().size());
            tally.centroid += equal(baselines.nearestCentroid(queries), gold);
            tally.ridge += equal(baselines.ridge(queries), gold);
        }
    }

    private static int equal(int[] a, int[] b) {
        return (int) IntStream.range(0, a.length).filter(i -> a[i] == b[i]).count();
    }

    private void countModel(Request request, List<Integer> shots, List<Episode> episodes, Map<Integer, Tally> tallies) {
        PromptEncoder encoder = encoder(request);
        try (NDManager batch = model.newBatch()) {
            List<List<TokenSequence>> contexts = new ArrayList<>();
            List<LabelTokens> labels = new ArrayList<>();
            for (Episode episode : episodes) {
                LabelTokens dealt =
                        dealt(request.task(), episode.demonstrations().seed());
                labels.add(dealt);
                contexts.add(segments(encoder, episode, dealt, shots));
            }
            List<ContextState> states =
                    model.contextStates(batch, contexts, model.initialState(batch), Padding.LONGEST);
            for (int s = 0; s < shots.size(); s++) {
                Tally tally = tallies.get(shots.get(s));
                if (tally != null) {
                    count(batch, encoder, episodes, labels, states.get(s), tally);
                }
            }
        }
    }

    private PromptEncoder encoder(Request request) {
        String template = request.template() != null
                ? request.template()
                : config.path("icl_template").asText("");
        return new PromptEncoder(
                tokenizer,
                template.isEmpty() ? null : PromptTemplate.parse(template),
                model.layout().dimensions().inputSize());
    }

    /** The model's label tokens, some of them, in an order drawn for each demonstration set. */
    private LabelTokens dealt(Task task, long seed) {
        JsonNode pool = config.path("icl_labels");
        int[] order = RandomStream.of(seed, DEAL_STREAM).nextPermutation(pool.size());
        List<int[]> tokens = new ArrayList<>();
        for (int label = 0; label < task.labels().size(); label++) {
            tokens.add(tokens(pool.get(order[label])));
        }
        return new LabelTokens(tokens);
    }

    private int[] tokens(JsonNode label) {
        if (label.isInt()) {
            return new int[] {label.asInt()};
        }
        if (tokenizer == null) {
            throw new TrainingException("The model names the label " + label + " and has no tokenizer");
        }
        return LabelTokens.of(new LabelWords(List.of(label.asText())), tokenizer)
                .of(0);
    }

    /** The demonstrations between one shot count and the next. */
    private static List<TokenSequence> segments(
            PromptEncoder encoder, Episode episode, LabelTokens labels, List<Integer> shots) {
        List<Demonstration> all = episode.demonstrations().demonstrations();
        List<TokenSequence> segments = new ArrayList<>();
        int from = 0;
        for (int k : shots) {
            segments.add(TokenSequence.concat(all.subList(from, k).stream()
                    .map(demonstration -> encoder.demonstration(demonstration, labels))
                    .toList()));
            from = k;
        }
        return segments;
    }

    private void count(
            NDManager batch,
            PromptEncoder encoder,
            List<Episode> episodes,
            List<LabelTokens> labels,
            ContextState states,
            Tally tally) {
        List<Continuation> queries = new ArrayList<>();
        List<Long> rows = new ArrayList<>();
        for (int row = 0; row < episodes.size(); row++) {
            for (Demonstration query : episodes.get(row).queries()) {
                TokenSequence tokens = encoder.query(query, labels.get(row)).tokens();
                queries.add(new Continuation(tokens, tokens.length() - 1));
                rows.add((long) row);
            }
        }
        NDArray index = batch.create(rows.stream().mapToLong(Long::longValue).toArray());
        NDArray logits =
                model.logits(model.continued(batch, queries, states.select(index), Padding.LONGEST, RunObserver.NONE));
        int at = 0;
        for (int row = 0; row < episodes.size(); row++) {
            for (Demonstration query : episodes.get(row).queries()) {
                tally.queries++;
                tally.model += isRight(logits.get(at++).toFloatArray(), query.answer(), labels.get(row)) ? 1 : 0;
            }
        }
    }

    private static boolean isRight(float[] logits, Answer gold, LabelTokens labels) {
        if (gold instanceof Answer.Label label) {
            double[] scores = labels.tokens().stream()
                    .mapToDouble(tokens -> logits[tokens[0]])
                    .toArray();
            return ClassicalBaselines.best(scores) == label.index();
        }
        if (gold instanceof Answer.Tokens tokens) {
            double[] scores = new double[logits.length];
            Arrays.setAll(scores, i -> logits[i]);
            return ClassicalBaselines.best(scores) == tokens.ids()[0];
        }
        throw new IllegalArgumentException("An evaluation counts labels and tokens, found " + gold);
    }
}
