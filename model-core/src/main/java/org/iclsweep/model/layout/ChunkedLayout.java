package org.iclsweep.model.layout;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.OwnedArrays;

/**
 * Slots of a batch of sequences that are run in chunks, with states in between. A sequence is cut into segments (the
 * demonstrations between two shot counts, say), the same number for every row; a segment is padded to the longest of
 * the batch, so that the states at its end can be captured for all rows at once. Empty slots leave the state as it is.
 */
public final class ChunkedLayout extends SlotLayout {
    /** The most chunks of a run, which bounds the memory of what is computed at once. */
    private static final int RUN = 16;

    /** A place that no token reaches; the difference of two such places is 0. */
    private static final int EMPTY = 1 << 30;

    private final NDManager manager;
    private final int[][] segments;
    private final int mostAtOnce;
    private final int[] segmentEnds;
    private final int[][] tokenSlots;
    private final int[][] counts;
    private final List<Chunk> chunks;
    private final NDArray places;

    /**
     * @param segments the token counts of the segments of each row [B][S]
     * @param chunk the most slots that are computed at once
     * @param padded the length that a segment's longest is padded to
     */
    public ChunkedLayout(NDManager manager, DataType type, int[][] segments, int chunk, IntUnaryOperator padded) {
        this(manager, type, segments, chunk, segmentEnds(segments, padded));
    }

    private ChunkedLayout(NDManager manager, DataType type, int[][] segments, int chunk, int[] segmentEnds) {
        super(manager, type, segments.length, segmentEnds[segmentEnds.length - 1]);
        this.manager = manager;
        this.segments = segments;
        this.mostAtOnce = chunk;
        this.segmentEnds = segmentEnds;
        this.tokenSlots = new int[rows][];
        this.counts = new int[segmentEnds.length][rows];
        // Empty slots are far behind, where no token sees them.
        int[][] places = new int[rows][length];
        for (int row = 0; row < rows; row++) {
            Arrays.fill(places[row], EMPTY);
            place(segments[row], row, places[row]);
        }
        this.places = perSlot(places);
        this.chunks = chunks(chunk);
    }

    /** The layout with {@code steps} slots in the place of each; as many as before are computed at once. */
    public ChunkedLayout finer(int steps) {
        int[][] longer = Arrays.stream(segments)
                .map(row -> Arrays.stream(row).map(n -> n * steps).toArray())
                .toArray(int[][]::new);
        int[] ends = Arrays.stream(segmentEnds).map(end -> end * steps).toArray();
        return new ChunkedLayout(manager, type, longer, mostAtOnce, ends);
    }

    private static int[] segmentEnds(int[][] segments, IntUnaryOperator padded) {
        int[] ends = new int[segments[0].length];
        int end = 0;
        for (int s = 0; s < ends.length; s++) {
            int segment = s;
            int longest =
                    Arrays.stream(segments).mapToInt(row -> row[segment]).max().orElse(0);
            end += longest == 0 ? 0 : Math.max(longest, padded.applyAsInt(longest));
            ends[s] = end;
        }
        // Contexts that are all empty keep one empty slot, so that arrays have a size.
        ends[ends.length - 1] = Math.max(1, end);
        return ends;
    }

    /** One segment a row, padded to the longest. */
    public static ChunkedLayout of(NDManager manager, DataType type, int[] lengths, int chunk) {
        return new ChunkedLayout(manager, type, columns(lengths), chunk, IntUnaryOperator.identity());
    }

    /** One segment a row, padded to whole chunks, so that they make one run. */
    public static ChunkedLayout ofWholeChunks(NDManager manager, DataType type, int[] lengths, int chunk) {
        IntUnaryOperator padded = n -> n <= chunk ? n : (n + chunk - 1) / chunk * chunk;
        return new ChunkedLayout(manager, type, columns(lengths), chunk, padded);
    }

    /** {@code numbers} [B] as [B][1]. */
    private static int[][] columns(int[] numbers) {
        return Arrays.stream(numbers).mapToObj(n -> new int[] {n}).toArray(int[][]::new);
    }

    private void place(int[] segments, int row, int[] places) {
        tokenSlots[row] = new int[Arrays.stream(segments).sum()];
        int token = 0;
        for (int s = 0; s < segments.length; s++) {
            int from = s == 0 ? 0 : segmentEnds[s - 1];
            for (int slot = from; slot < from + segments[s]; slot++) {
                position[row][slot] = token;
                places[slot] = token;
                tokenSlots[row][token++] = slot;
            }
            counts[s][row] = token;
        }
    }

    private List<Chunk> chunks(int most) {
        List<Chunk> cut = new ArrayList<>();
        int from = 0;
        for (int end : segmentEnds) {
            for (; end - from > most; from += most) {
                cut.add(new Chunk(from, from + most, false));
            }
            // An empty segment has no slots: its states are those before it.
            cut.add(new Chunk(from, end, true));
            from = end;
        }
        return List.copyOf(cut);
    }

    @Override
    public int[] tokenSlots(int row) {
        return tokenSlots[row].clone();
    }

    /** Number of segments, which is the number of captured states. */
    public int segments() {
        return segmentEnds.length;
    }

    public List<Chunk> chunks() {
        return chunks;
    }

    /** All chunks in their order, in runs; a chunk without slots is a run of its own. */
    public List<Chunk.Run> runs() {
        List<Chunk.Run> runs = new ArrayList<>();
        int from = 0;
        for (int i = 1; i <= chunks.size(); i++) {
            boolean goesOn = i < chunks.size()
                    && i - from < RUN
                    && chunks.get(i).size() == chunks.get(from).size()
                    && chunks.get(i).size() > 0;
            if (!goesOn) {
                runs.add(new Chunk.Run(chunks.subList(from, i)));
                from = i;
            }
        }
        return runs;
    }

    /** The rotations by the number of tokens that each row has read at the end of {@code segment}. */
    public Rotation read(int segment, Rotary rotary) {
        return rotation(segment, rotary, () -> columns(counts[segment]));
    }

    @Override
    public NDArray earlier(NDArray extended, int lag, int kernel) {
        int from = kernel - 1 - lag;
        return segmentEnds.length == 1
                ? Heads.part(extended, 1, from, from + length)
                : super.earlier(extended, lag, kernel);
    }

    /** The number of tokens that each row has read at the end of {@code segment} [B, 1], owned by {@code scope}. */
    public NDArray tokensRead(int segment, NDManager scope) {
        double[] read = Arrays.stream(counts[segment]).asDoubleStream().toArray();
        return OwnedArrays.of(scope, read, new Shape(rows, 1), type);
    }

    /** The largest of those numbers. */
    public int longest(int segment) {
        return Arrays.stream(counts[segment]).max().orElse(0);
    }

    /** The first slot that a token of {@code chunk} sees, if it sees {@code window} tokens, itself included. */
    public int firstSeen(Chunk chunk, int window) {
        int first = chunk.from();
        for (int[] slots : tokenSlots) {
            int search = Arrays.binarySearch(slots, chunk.from());
            int token = search < 0 ? -1 - search : search;
            if (token < slots.length && slots[token] < chunk.to()) {
                first = Math.min(first, slots[Math.max(0, token - window + 1)]);
            }
        }
        return first;
    }

    /**
     * 1 where the slots of {@code chunk} see the slots [from, to) that end with it: tokens that were read before, and
     * themselves; no more than {@code window} of them. Empty slots are seen by empty ones alone [B, 1, t, to − from].
     */
    public NDArray seen(Chunk chunk, int from, int window, NDManager scope) {
        NDArray back = placesOf(chunk.from(), chunk.to(), scope)
                .sub(placesOf(from, chunk.to(), scope).swapAxes(2, 3));
        return back.gte(0).logicalAnd(back.lt(window)).toType(type, false);
    }

    /** The same for the {@code count} tokens before the sequence, oldest first [B, 1, t, count]. */
    public NDArray seenBefore(Chunk chunk, int count, int window, NDManager scope) {
        NDArray back = placesOf(chunk.from(), chunk.to(), scope).add(distancesBefore(count, scope));
        return back.lt(window).toType(type, false);
    }

    private NDArray placesOf(int from, int to, NDManager scope) {
        NDArray part = places.get(":, :, " + from + ":" + to);
        part.attach(scope);
        return part;
    }

    /**
     * Which of S rows before the sequence and T slots, in one axis, are the last {@code width} that each row has at the
     * end of {@code segment} [B, width] (int64). Where there are fewer, the first index is repeated.
     */
    public NDArray last(int segment, int before, int width) {
        int[][] index = new int[rows][width];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < width; i++) {
                int token = counts[segment][row] - width + i;
                index[row][i] = token < 0 ? Math.max(0, before + token) : before + tokenSlots[row][token];
            }
        }
        return longs(index);
    }

    /** The last kernel − 1 rows that were read by the end of {@code segment} [B, kernel − 1, C]. */
    public NDArray tail(NDArray extended, int segment, int kernel) {
        int[][] index = new int[rows][kernel - 1];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < kernel - 1; i++) {
                index[row][i] = extendedSlot(row, counts[segment][row] - (kernel - 1) + i, kernel);
            }
        }
        long channels = extended.getShape().get(2);
        NDArray rowsAt = longs(index).expandDims(2);
        return extended.gather(rowsAt.broadcast(new Shape(rows, kernel - 1, channels)), 1);
    }

    @Override
    int[][] earlierRows(int lag, int kernel) {
        int[][] index = new int[rows][length];
        for (int row = 0; row < rows; row++) {
            for (int token = 0; token < tokenSlots[row].length; token++) {
                index[row][tokenSlots[row][token]] = extendedSlot(row, token - lag, kernel);
            }
        }
        return index;
    }

    private int extendedSlot(int row, int token, int kernel) {
        return kernel - 1 + (token < 0 ? token : tokenSlots[row][token]);
    }
}
