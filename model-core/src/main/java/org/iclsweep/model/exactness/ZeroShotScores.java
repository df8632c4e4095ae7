package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.PositionScores.Request;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Rows;

/**
 * The answers of one model to queries without demonstrations, each computed once and kept while there is room. Queries
 * run in blocks of so many rows as the model alone decides, whose lengths are on one rung of a ladder, and their logits
 * by {@value #HEAD_ROWS} rows at a time: in a shape that depends on the query alone, so that its bits do not depend on
 * the others of its block (docs/explanation/numerics.md), nor on what was asked before. Experts multiply as many rows
 * as chose them, so in a mixture of them every query runs by itself. Safe for threads; two that miss the same query
 * both compute it.
 */
public final class ZeroShotScores {
    /** The rows whose logits are computed at once; fewer are filled up. */
    private static final int HEAD_ROWS = 8;

    /** The least and the most rows of a block, and the numbers of a position of all of them, about. */
    private static final int LEAST_ROWS = 4;

    private static final int MOST_ROWS = 32;
    private static final int WIDTH_OF_A_BLOCK = 4096;

    /** Bytes that the kept scores may take in the heap, about. */
    private static final long MOST_BYTES = 32L << 20;

    private static final int BYTES_OF_AN_ENTRY = 400;
    private static final int BYTES_OF_A_POSITION = 20;
    private static final int BYTES_OF_A_REQUEST = 80;

    private final LanguageModel model;
    private final int rows;
    private final long mostBytes;
    private final Map<Run, Known> kept = new LinkedHashMap<>(16, 0.75f, true);
    private long keptBytes;

    /** The answers of {@code model}, which has to outlive this. */
    public ZeroShotScores(LanguageModel model) {
        this(model, MOST_BYTES);
    }

    ZeroShotScores(LanguageModel model, long mostBytes) {
        this.model = model;
        this.rows = rows(model.layout());
        this.mostBytes = mostBytes;
    }

    /** The rows of a block: many for a small model, whose calls cost more than what they compute. */
    private static int rows(Architecture layout) {
        int fitting = WIDTH_OF_A_BLOCK / layout.dimensions().hiddenSize() / LEAST_ROWS * LEAST_ROWS;
        return layout.idleParameters() > 0 ? 1 : Math.min(MOST_ROWS, Math.max(LEAST_ROWS, fitting));
    }

    /** A whole text that is run, and the first position that is scored. */
    private record Run(TokenSequence text, int scoredFrom) {
        int scored() {
            return text.length() - scoredFrom;
        }

        int rung() {
            return Padding.COARSE.of(text.length());
        }

        Continuation continuation() {
            return new Continuation(text, scoredFrom);
        }
    }

    /**
     * The scores of a run.
     *
     * @param likelihoods of the tokens that were asked for, positions counted from the first scored one
     * @param positions the rest, without likelihoods
     */
    private record Known(Map<Request, Double> likelihoods, PositionScores positions) {
        long bytes(Run run) {
            return BYTES_OF_AN_ENTRY
                    + (long) BYTES_OF_A_POSITION * (run.text().length() + run.scored())
                    + (long) BYTES_OF_A_REQUEST * likelihoods.size();
        }
    }

    /** Computes what is not kept of the answers to {@code queries}, so that many queries share their blocks. */
    public void prepare(List<PromptSet.ZeroShot> queries) {
        Map<Run, Set<Request>> wanted = new LinkedHashMap<>();
        queries.forEach(alone -> new Asked(alone).addTo(wanted));
        known(wanted);
    }

    /** The answer to each of {@code queries}. */
    List<Answered> answers(PromptSet.ZeroShot queries) {
        Asked asked = new Asked(queries);
        Map<Run, Set<Request>> wanted = new LinkedHashMap<>();
        asked.addTo(wanted);
        return asked.answered(known(wanted));
    }

    /** The runs of a set's queries, one for each continuation, and where their scores belong. */
    private static final class Asked {
        private final PromptSet.ZeroShot queries;
        private final ScoredPositions positions = new ScoredPositions(false);
        private final List<Run> runs = new ArrayList<>();
        /** For each request of the positions its run, and its place there. */
        private final List<Map.Entry<Run, Request>> requests = new ArrayList<>();

        private final int scored;

        Asked(PromptSet.ZeroShot queries) {
            this.queries = queries;
            positions.addAll(queries.queries());
            List<Continuation> continuations = queries.continuations();
            int[] ends = continuations.stream().mapToInt(Continuation::scored).toArray();
            Arrays.parallelPrefix(ends, Integer::sum);
            scored = ends[ends.length - 1];
            int context = queries.context().length();
            for (Continuation continuation : continuations) {
                TokenSequence text = queries.context().then(continuation.tokens());
                runs.add(new Run(text, context + continuation.scoredFrom()));
            }
            for (Request request : positions.requests()) {
                int place = Arrays.binarySearch(ends, request.position() + 1);
                Run run = runs.get(place < 0 ? -1 - place : place);
                int first = ends[place < 0 ? -1 - place : place] - run.scored();
                requests.add(Map.entry(run, new Request(request.position() - first, request.token())));
            }
        }

        void addTo(Map<Run, Set<Request>> wanted) {
            runs.forEach(run -> wanted.computeIfAbsent(run, key -> new LinkedHashSet<>()));
            requests.forEach(request ->
                    Objects.requireNonNull(wanted.get(request.getKey())).add(request.getValue()));
        }

        List<Answered> answered(Map<Run, Known> known) {
            double[] likelihoods = requests.stream()
                    .mapToDouble(request -> Objects.requireNonNull(Objects.requireNonNull(known.get(request.getKey()))
                            .likelihoods()
                            .get(request.getValue())))
                    .toArray();
            List<PositionScores> parts = runs.stream()
                    .map(run -> Objects.requireNonNull(known.get(run)).positions())
                    .toList();
            boolean outputs = parts.get(0).outputs() != null;
            PositionScores all = new PositionScores(
                    likelihoods, new int[scored], new double[scored], outputs ? new double[scored][] : null);
            int from = 0;
            for (PositionScores part : parts) {
                part.copyTo(all, from);
                from += part.top().length;
            }
            return positions.answered(0, queries.queries().size(), all);
        }
    }

    /**
     * The tokens that are wanted of each run; where a token was not asked for yet, the run is computed again for all
     * that were.
     */
    private Map<Run, Known> known(Map<Run, Set<Request>> wanted) {
        Map<Run, Known> known = new LinkedHashMap<>();
        Map<Integer, Map<Run, Set<Request>>> missing = new TreeMap<>();
        synchronized (kept) {
            wanted.forEach((run, requests) -> {
                Known before = kept.get(run);
                if (before != null && before.likelihoods().keySet().containsAll(requests)) {
                    known.put(run, before);
                    return;
                }
                Set<Request> all = new LinkedHashSet<>(requests);
                all.addAll(before == null ? Set.of() : before.likelihoods().keySet());
                missing.computeIfAbsent(run.rung(), rung -> new LinkedHashMap<>())
                        .put(run, all);
            });
        }
        missing.values().forEach(ofOneRung -> {
            List<Map.Entry<Run, Set<Request>>> entries = List.copyOf(ofOneRung.entrySet());
            for (int from = 0; from < entries.size(); from += rows) {
                Map<Run, Known> computed = computed(entries.subList(from, Math.min(entries.size(), from + rows)));
                keep(computed);
                known.putAll(computed);
            }
        });
        return known;
    }

    private void keep(Map<Run, Known> computed) {
        synchronized (kept) {
            computed.forEach((run, known) -> {
                Known before = kept.put(run, known);
                keptBytes += known.bytes(run) - (before == null ? 0 : before.bytes(run));
            });
            var oldestFirst = kept.entrySet().iterator();
            while (keptBytes > mostBytes && oldestFirst.hasNext()) {
                Map.Entry<Run, Known> oldest = oldestFirst.next();
                keptBytes -= oldest.getValue().bytes(oldest.getKey());
                oldestFirst.remove();
            }
        }
    }

    /** The scores of the runs of a block, which are of one rung. */
    private Map<Run, Known> computed(List<Map.Entry<Run, Set<Request>>> runs) {
        List<Continuation> block = IntStream.range(0, rows)
                .mapToObj(
                        row -> runs.get(Math.min(row, runs.size() - 1)).getKey().continuation())
                .toList();
        List<Request> requests = new ArrayList<>();
        int first = 0;
        for (Map.Entry<Run, Set<Request>> run : runs) {
            for (Request request : run.getValue()) {
                requests.add(new Request(first + request.position(), request.token()));
            }
            first += run.getKey().scored();
        }
        try (NDManager batch = model.newBatch()) {
            ContextState nothing = model.initialState(batch);
            NDArray hidden = model.continued(batch, block, nothing, Padding.COARSE, RunObserver.NONE);
            HeadBlocks head = HeadBlocks.ofRows(model, hidden, HEAD_ROWS);
            return divided(runs, PositionScores.of(head, filledUp(batch, hidden), requests));
        }
    }

    /** {@code hidden} [N, D] with its last row repeated, so that it makes whole blocks of rows. */
    private static NDArray filledUp(NDManager batch, NDArray hidden) {
        int positions = (int) hidden.getShape().get(0);
        int whole = (positions + HEAD_ROWS - 1) / HEAD_ROWS * HEAD_ROWS;
        long[] rows = IntStream.range(0, whole)
                .mapToLong(row -> Math.min(row, positions - 1))
                .toArray();
        return Rows.select(hidden, batch.create(rows));
    }

    private static Map<Run, Known> divided(List<Map.Entry<Run, Set<Request>>> runs, PositionScores scores) {
        Map<Run, Known> divided = new LinkedHashMap<>();
        int position = 0;
        int read = 0;
        for (Map.Entry<Run, Set<Request>> run : runs) {
            Map<Request, Double> likelihoods = new HashMap<>();
            for (Request request : run.getValue()) {
                likelihoods.put(request, scores.logLikelihoods()[read++]);
            }
            int end = position + run.getKey().scored();
            divided.put(run.getKey(), new Known(likelihoods, scores.part(position, end)));
            position = end;
        }
        return divided;
    }
}
