package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.PositionScores.Request;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Rows;

/**
 * The answers of one model to queries without demonstrations, each computed once and kept while there is room. Queries
 * run in blocks of {@value #ROWS} rows whose lengths are on one rung of the ladder, and their logits by as many rows at
 * a time: in a shape that depends on the query alone, so that its bits do not depend on the others of its block
 * (docs/numerics.md), nor on what was asked before. Experts multiply as many rows as chose them, so in a mixture of
 * them every query runs by itself. Safe for threads; two that miss the same query both compute it.
 */
public final class ZeroShotScores {
    /** The rows of a block; one with fewer queries is filled up. */
    private static final int ROWS = 8;

    /** Bytes that the kept scores may take in the heap, about. */
    private static final long MOST_BYTES = 32L << 20;

    private static final int BYTES_OF_AN_ENTRY = 400;
    private static final int BYTES_OF_A_POSITION = 20;

    private final LanguageModel model;
    private final int rows;
    private final long mostBytes;
    private final Map<Run, PositionScores> kept = new LinkedHashMap<>(16, 0.75f, true);
    private long keptBytes;

    /** The answers of {@code model}, which has to outlive this. */
    public ZeroShotScores(LanguageModel model) {
        this(model, MOST_BYTES);
    }

    ZeroShotScores(LanguageModel model, long mostBytes) {
        this.model = model;
        this.rows = model.layout().idleParameters() > 0 ? 1 : ROWS;
        this.mostBytes = mostBytes;
    }

    /** A whole text that is run, the first position that is scored, and the tokens asked for, from there. */
    private record Run(TokenSequence text, int scoredFrom, List<Request> requests) {
        int scored() {
            return text.length() - scoredFrom;
        }

        int rung() {
            return Padding.LADDER.of(text.length());
        }

        long bytes() {
            return BYTES_OF_AN_ENTRY + (long) BYTES_OF_A_POSITION * (text.length() + scored() + requests.size());
        }

        Continuation continuation() {
            return new Continuation(text, scoredFrom);
        }
    }

    /** Computes what is not kept of the answers to {@code queries}, so that many queries share their blocks. */
    public void prepare(List<PromptSet.ZeroShot> queries) {
        scores(queries.stream()
                .flatMap(alone -> new Asked(alone).runs.stream())
                .collect(Collectors.toCollection(LinkedHashSet::new)));
    }

    /** The answer to each of {@code queries}. */
    List<Answered> answers(PromptSet.ZeroShot queries) {
        Asked asked = new Asked(queries);
        Map<Run, PositionScores> scores = scores(new LinkedHashSet<>(asked.runs));
        return asked.answered(scores);
    }

    /** The runs of a set's queries, one for each continuation, and where their scores belong. */
    private static final class Asked {
        private final PromptSet.ZeroShot queries;
        private final ScoredPositions positions = new ScoredPositions(false);
        private final List<Run> runs = new ArrayList<>();
        private final List<List<Integer>> requestsOf = new ArrayList<>();
        private final int scored;

        Asked(PromptSet.ZeroShot queries) {
            this.queries = queries;
            positions.addAll(queries.queries());
            List<Continuation> continuations = queries.continuations();
            int[] ends = continuations.stream().mapToInt(Continuation::scored).toArray();
            Arrays.parallelPrefix(ends, Integer::sum);
            continuations.forEach(continuation -> requestsOf.add(new ArrayList<>()));
            for (int request = 0; request < positions.requests().size(); request++) {
                int place = Arrays.binarySearch(
                        ends, positions.requests().get(request).position() + 1);
                requestsOf.get(place < 0 ? -1 - place : place).add(request);
            }
            scored = ends[ends.length - 1];
            int context = queries.context().length();
            for (int i = 0; i < ends.length; i++) {
                Continuation continuation = continuations.get(i);
                int first = ends[i] - continuation.scored();
                List<Request> requests = requestsOf.get(i).stream()
                        .map(positions.requests()::get)
                        .map(request -> new Request(request.position() - first, request.token()))
                        .toList();
                TokenSequence text = queries.context().then(continuation.tokens());
                runs.add(new Run(text, context + continuation.scoredFrom(), requests));
            }
        }

        List<Answered> answered(Map<Run, PositionScores> scores) {
            double[] likelihoods = new double[positions.requests().size()];
            PositionScores first = scores.get(runs.get(0));
            PositionScores all = new PositionScores(
                    likelihoods,
                    new int[scored],
                    new double[scored],
                    first == null || first.outputs() == null ? null : new double[scored][]);
            int from = 0;
            for (int i = 0; i < runs.size(); i++) {
                PositionScores own = scores.get(runs.get(i));
                if (own == null) {
                    throw new IllegalStateException("every run of a set has its scores");
                }
                own.copyTo(all, from);
                for (int j = 0; j < requestsOf.get(i).size(); j++) {
                    likelihoods[requestsOf.get(i).get(j)] = own.logLikelihoods()[j];
                }
                from += runs.get(i).scored();
            }
            return positions.answered(0, queries.queries().size(), all);
        }
    }

    private Map<Run, PositionScores> scores(Set<Run> runs) {
        Map<Run, PositionScores> scores = new LinkedHashMap<>();
        synchronized (kept) {
            for (Run run : runs) {
                PositionScores known = kept.get(run);
                if (known != null) {
                    scores.put(run, known);
                }
            }
        }
        Map<Integer, List<Run>> missing = runs.stream()
                .filter(run -> !scores.containsKey(run))
                .collect(Collectors.groupingBy(Run::rung, TreeMap::new, Collectors.toList()));
        missing.values().forEach(ofOneRung -> {
            for (int from = 0; from < ofOneRung.size(); from += rows) {
                List<Run> block = ofOneRung.subList(from, Math.min(ofOneRung.size(), from + rows));
                Map<Run, PositionScores> computed = computed(block);
                keep(computed);
                scores.putAll(computed);
            }
        });
        return scores;
    }

    private void keep(Map<Run, PositionScores> computed) {
        synchronized (kept) {
            computed.forEach((run, scores) -> {
                if (kept.put(run, scores) == null) {
                    keptBytes += run.bytes();
                }
            });
            var oldestFirst = kept.keySet().iterator();
            while (keptBytes > mostBytes && oldestFirst.hasNext()) {
                keptBytes -= oldestFirst.next().bytes();
                oldestFirst.remove();
            }
        }
    }

    /** The scores of the runs of a block, which are of one rung. */
    private Map<Run, PositionScores> computed(List<Run> runs) {
        List<Continuation> block = IntStream.range(0, rows)
                .mapToObj(row -> runs.get(Math.min(row, runs.size() - 1)).continuation())
                .toList();
        List<Request> requests = new ArrayList<>();
        int first = 0;
        for (Run run : runs) {
            for (Request request : run.requests()) {
                requests.add(new Request(first + request.position(), request.token()));
            }
            first += run.scored();
        }
        try (NDManager batch = model.newBatch()) {
            ContextState nothing = model.initialState(batch);
            NDArray hidden = model.continued(batch, block, nothing, Padding.LADDER, RunObserver.NONE);
            HeadBlocks head = HeadBlocks.ofRows(model, hidden, ROWS);
            PositionScores scores = PositionScores.of(head, filledUp(batch, hidden), requests);
            return divided(runs, scores);
        }
    }

    /** {@code hidden} [N, D] with its last row repeated, so that it makes whole blocks of rows. */
    private static NDArray filledUp(NDManager batch, NDArray hidden) {
        int positions = (int) hidden.getShape().get(0);
        int whole = (positions + ROWS - 1) / ROWS * ROWS;
        long[] rows = IntStream.range(0, whole)
                .mapToLong(row -> Math.min(row, positions - 1))
                .toArray();
        return Rows.select(hidden, batch.create(rows));
    }

    private static Map<Run, PositionScores> divided(List<Run> runs, PositionScores scores) {
        Map<Run, PositionScores> divided = new LinkedHashMap<>();
        int position = 0;
        int request = 0;
        for (Run run : runs) {
            divided.put(
                    run,
                    scores.part(
                            position,
                            position + run.scored(),
                            request,
                            request + run.requests().size()));
            position += run.scored();
            request += run.requests().size();
        }
        return divided;
    }
}
