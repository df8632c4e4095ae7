package org.iclsweep.sweep.cli;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.conversion.ConvertedCheckpoint;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.ReadBefore;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Doubles;

/** This project's states as the stack that reads a conformance case; {@code saved} is where it writes one. */
record OwnStates(Checkpoint checkpoint, LanguageModel model, NDManager batch, Path saved) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The answers row by row: logits at every token of the query [Q][V], and the stream, layer by layer [L Q][D]. */
    record Answer(List<double[][]> logits, List<double[][]> stream) {}

    /** The names of a case's prompts. */
    static List<String> rows(JsonNode line) {
        return line.get("rows").findValuesAsText("prompt");
    }

    Answer to(JsonNode line) {
        List<TokenSequence> contexts = tokens(line, "context");
        List<TokenSequence> queries = tokens(line, "query");
        int[] pieces = JSON.convertValue(line.get("pieces"), int[].class);
        TokenSequence aside = TokenSequence.of(JSON.convertValue(line.get("aside"), int[].class));
        int longest = contexts.stream().mapToInt(TokenSequence::length).max().orElseThrow();
        boolean whole = Set.of("whole", "generate").contains(line.get("kind").asText());
        int[] ofContext = whole ? new int[] {longest} : until(pieces, longest);
        int[] ofQuery = whole
                ? new int[] {queries.get(0).length()}
                : Arrays.copyOfRange(pieces, ofContext.length, pieces.length);
        return switch (line.get("kind").asText()) {
            case "donor", "undo" -> {
                ContextState state = after(contexts, ofContext);
                // A state is never changed: one that was read on from is still there.
                read(state, List.of(aside));
                yield queries(model, state, queries, ofQuery);
            }
            case "saved" -> {
                ContextState state = after(contexts, ofContext);
                ConvertedCheckpoint.write(checkpoint, state, StoredType.F64, ReadBefore.NOTHING, saved);
                try (LanguageModel again = LanguageModel.load(Checkpoint.open(saved), DataType.FLOAT64, Device.cpu())) {
                    yield queries(again, again.initialState(batch), queries, ofQuery);
                }
            }
            case "reordered" -> {
                ContextState state = after(contexts, ofContext).select(batch.create(new long[] {1, 0}));
                List<TokenSequence> reversed = new ArrayList<>(queries);
                Collections.reverse(reversed);
                Answer answer = queries(model, state, reversed, ofQuery);
                Collections.reverse(answer.logits());
                Collections.reverse(answer.stream());
                yield answer;
            }
            default -> queries(model, after(contexts, ofContext), queries, ofQuery);
        };
    }

    private static List<TokenSequence> tokens(JsonNode line, String part) {
        List<TokenSequence> rows = new ArrayList<>();
        line.get("rows").forEach(row -> rows.add(TokenSequence.of(JSON.convertValue(row.get(part), int[].class))));
        return rows;
    }

    /** The first pieces, of {@code sum} tokens together. */
    private static int[] until(int[] pieces, int sum) {
        int count = 0;
        for (int read = 0; read < sum; count++) {
            read += pieces[count];
        }
        return Arrays.copyOf(pieces, count);
    }

    /** The states after contexts, those of one length in pieces. */
    private ContextState after(List<TokenSequence> contexts, int[] pieces) {
        ContextState state = model.initialState(batch);
        if (pieces.length < 2) {
            return read(state, contexts);
        }
        int from = 0;
        for (int piece : pieces) {
            int start = from;
            state = read(
                    state,
                    contexts.stream()
                            .map(row -> row.slice(start, start + piece))
                            .toList());
            from += piece;
        }
        return state;
    }

    private ContextState read(ContextState state, List<TokenSequence> rows) {
        return read(model, state, rows);
    }

    private ContextState read(LanguageModel by, ContextState state, List<TokenSequence> rows) {
        return by.contextStates(batch, rows.stream().map(List::of).toList(), state, Padding.LONGEST)
                .get(0);
    }

    private Answer queries(LanguageModel by, ContextState before, List<TokenSequence> queries, int[] pieces) {
        int rows = queries.size();
        int layers = by.layout().dimensions().layers();
        List<List<double[]>> logits = lists(rows);
        List<List<List<double[]>>> streams = new ArrayList<>();
        queries.forEach(query -> streams.add(lists(layers)));
        ContextState state = before;
        int from = 0;
        for (int piece : pieces) {
            int start = from;
            List<TokenSequence> next =
                    queries.stream().map(row -> row.slice(start, start + piece)).toList();
            RunObserver observer = new RunObserver() {
                @Override
                public void layer(int layer, Supplier<NDArray> stream) {
                    double[][] all = Doubles.rows(stream.get());
                    for (int row = 0; row < rows; row++) {
                        streams.get(row).get(layer).addAll(Arrays.asList(all).subList(row * piece, (row + 1) * piece));
                    }
                }
            };
            double[][] all = Doubles.rows(by.logits(by.continued(
                    batch,
                    next.stream().map(row -> new Continuation(row, 0)).toList(),
                    state,
                    Padding.LONGEST,
                    observer)));
            for (int row = 0; row < rows; row++) {
                logits.get(row).addAll(Arrays.asList(all).subList(row * piece, (row + 1) * piece));
            }
            state = read(by, state, next);
            from += piece;
        }
        return new Answer(
                new ArrayList<>(
                        logits.stream().map(row -> row.toArray(double[][]::new)).toList()),
                new ArrayList<>(streams.stream()
                        .map(row -> row.stream().flatMap(List::stream).toArray(double[][]::new))
                        .toList()));
    }

    private static <T> List<List<T>> lists(int count) {
        List<List<T>> lists = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lists.add(new ArrayList<>());
        }
        return lists;
    }
}
