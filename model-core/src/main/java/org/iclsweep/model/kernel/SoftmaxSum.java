package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Objects;
import java.util.OptionalInt;
import org.iclsweep.model.kernel.CompressedKv.Qkv;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.RowBlock;
import org.iclsweep.model.tensor.Heads;
import org.jspecify.annotations.Nullable;

/**
 * The softmax of a batch's heads over what was converted and over the sequence itself, all earlier tokens or the last
 * W.
 *
 * @param own scaled queries, keys and values of the sequence, [B, H, T, d] each
 * @param slots the converted slots per query head, null for none
 * @param sums the converted sums per query head, null for none
 * @param sinks the score of a key without a value beside all others [H], null for none ({@link AttentionSinks})
 * @param window W, the token itself included; empty for all earlier tokens
 * @param scale c
 */
public record SoftmaxSum(
        Qkv own,
        @Nullable CompressedKv slots,
        @Nullable TaylorSums sums,
        @Nullable NDArray sinks,
        OptionalInt window,
        double scale) {
    /** Outputs [B, H, T, d] from the scores of all pairs. */
    public NDArray uninterrupted(PackedLayout layout) {
        return RowBlock.each(layout, own.q(), (rows, scope) -> rowsOf(rows, layout, scope));
    }

    private NDArray rowsOf(RowBlock rows, PackedLayout layout, NDManager scope) {
        NDArray queries = rows.part(own.q(), scope);
        LogSumExpAttention read = sums == null ? null : sums.read(queries, scale);
        NDArray scores = scores(rows, queries, layout, scope);
        scores = sinks == null ? scores : AttentionSinks.perRow(sinks, queries).concat(scores, 3);
        NDArray weights = (read == null ? scores : read.logSum().concat(scores, 3)).softmax(3);
        int first = (int) weights.getShape().get(3) - rows.to();
        NDArray output = weights.get("..., " + first + ":").matMul(rows.upTo(own.v(), scope));
        if (slots != null) {
            output = output.add(
                    weights.get("..., " + (first - slots.size()) + ":" + first).matMul(slots.v()));
        }
        return read == null ? output : output.add(weights.get("..., 0:1").mul(read.mean()));
    }

    /** s of a block of rows, over the converted slots and then over the sequence's [B, H, t, n + to]. */
    private NDArray scores(RowBlock rows, NDArray queries, PackedLayout layout, NDManager scope) {
        NDArray seen = layout.ancestors(rows, scope);
        NDArray scores = queries.matMul(rows.upTo(own.k(), scope).swapAxes(2, 3));
        if (window.isPresent()) {
            seen = seen.mul(layout.recent(rows, window.getAsInt(), scope));
        }
        // log 1 = 0 and log 0 = −∞. Rows that see nothing are empty slots.
        scores = scores.add(seen.log());
        if (slots == null) {
            return scores;
        }
        NDArray earlier = slots.scores(queries);
        if (window.isPresent()) {
            earlier = earlier.add(layout.recentBefore(rows, slots.size(), window.getAsInt(), scope)
                    .log());
        }
        return earlier.concat(scores, 3);
    }

    /** Outputs [B, H, T, d], chunk by chunk, after slots that may be empty, but are there. */
    public NDArray chunked(ChunkedLayout layout) {
        CompressedKv before = Objects.requireNonNull(slots);
        NDList outputs = new NDList();
        for (Chunk chunk : layout.chunks()) {
            if (chunk.size() > 0) {
                outputs.add(read(chunk, before, layout));
            }
        }
        return Heads.joined(outputs, 2);
    }

    private NDArray read(Chunk chunk, CompressedKv before, ChunkedLayout layout) {
        NDArray q = chunk.part(own.q());
        NDManager scope = q.getManager();
        int reach = window.orElse(Integer.MAX_VALUE);
        int from = window.isPresent() ? layout.firstSeen(chunk, reach) : 0;
        LogSumExpAttention within = LogSumExpAttention.of(
                q.matMul(Heads.part(own.k(), 2, from, chunk.to()).swapAxes(2, 3)),
                Heads.part(own.v(), 2, from, chunk.to()),
                layout.seen(chunk, from, reach, scope));
        NDArray there = before.there();
        NDArray seen = window.isPresent() ? there.mul(layout.seenBefore(chunk, before.size(), reach, scope)) : there;
        LogSumExpAttention converted = LogSumExpAttention.of(before.scores(q), before.v(), seen);
        LogSumExpAttention earlier = sums == null ? converted : converted.with(sums.read(q, scale));
        return sinks == null
                ? within.meanWith(earlier)
                : within.with(earlier).meanBeside(AttentionSinks.perRow(sinks, q));
    }
}
