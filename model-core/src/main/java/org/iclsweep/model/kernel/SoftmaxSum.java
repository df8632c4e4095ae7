package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Objects;
import java.util.OptionalInt;
import org.iclsweep.model.kernel.CompressedKv.Qkv;
import org.iclsweep.model.kernel.PairScores.Source;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.Siblings;
import org.iclsweep.model.tensor.Heads;
import org.jspecify.annotations.Nullable;

/**
 * The softmax of a batch's heads over what was converted and over the sequence itself, all earlier tokens or the last
 * W.
 *
 * @param own scaled queries, keys and values of the sequence
 * @param slots the converted slots per query head, null for none
 * @param sums the converted sums per query head, null for none
 * @param features the features in the place of exact scores in the form with a state, null for exact ones
 * @param sinks the score of a key without a value beside all others [H], null for none ({@link AttentionSinks})
 * @param window W, the token itself included; empty for all earlier tokens
 * @param scale c
 */
public record SoftmaxSum(
        Qkv own,
        @Nullable CompressedKv slots,
        @Nullable TaylorSums sums,
        @Nullable FeatureScores features,
        @Nullable NDArray sinks,
        OptionalInt window,
        double scale) {
    /** Outputs [1, H, T, dv] from the scores of all pairs. */
    public NDArray uninterrupted(PackedLayout layout) {
        Source queries = Source.of(own.q(), 1);
        int group = (int) (own.q().getShape().get(1) / own.k().getShape().get(1));
        Source keys = Source.of(own.k(), group);
        Source values = Source.of(own.v(), group);
        long width = own.k().getShape().get(3) + own.v().getShape().get(3);
        return layout.generations(own.q().getShape().get(1), width, window.orElse(Integer.MAX_VALUE))
                .each(own.q().getManager(), (siblings, scope) -> outputs(siblings, queries, keys, values, scope));
    }

    /** The scores beside those of the sequence's own tokens come first: of a sink, of sums, of converted slots. */
    private NDArray outputs(Siblings group, Source queries, Source keys, Source values, NDManager scope) {
        NDArray q = queries.own(group, scope);
        NDList scores = new NDList();
        LogSumExpAttention read = sums == null ? null : sums.read(q, scale);
        if (sinks != null) {
            scores.add(AttentionSinks.perRow(sinks, q));
        }
        if (read != null) {
            scores.add(read.logSum());
        }
        if (slots != null) {
            scores.add(ofConverted(group, q, slots, scope));
        }
        NDArray pathKeys = keys.path(group, scope);
        if (pathKeys != null) {
            scores.add(ofPath(group, q, pathKeys, scope));
        }
        scores.add(withinNodes(group, q, keys.own(group, scope), scope));
        return mean(Heads.joined(scores, 3).softmax(3), group, values, read, scope);
    }

    private NDArray ofConverted(Siblings group, NDArray q, CompressedKv converted, NDManager scope) {
        NDArray scores = converted.scores(q);
        return window.isEmpty() ? scores : scores.add(seen(group.distancesToConverted(converted.size(), scope), q));
    }

    private NDArray ofPath(Siblings group, NDArray q, NDArray keys, NDManager scope) {
        NDArray scores = q.matMul(keys.swapAxes(2, 3));
        NDArray onPath = group.onPath();
        if (onPath != null) {
            scores = scores.add(Heads.owned(onPath, q, 1).log());
        }
        return window.isEmpty() ? scores : scores.add(seen(group.distancesToPath(scope), q));
    }

    /** The scores of a node's tokens with one another [p, H, n L, L], −∞ for those ahead. */
    private NDArray withinNodes(Siblings group, NDArray q, NDArray keys, NDManager scope) {
        NDArray scores = group.apart(q).matMul(group.apart(keys).swapAxes(3, 4));
        NDArray within = scores.add(Heads.owned(group.causal(), q, 1).log());
        return group.together(window.isEmpty() ? within : within.add(seen(group.distancesWithin(scope), q)));
    }

    /** log 1 = 0 where a token is within the window, else log 0 = −∞, in the type of {@code q}. */
    private NDArray seen(NDArray distances, NDArray q) {
        return distances
                .lt(window.orElse(Integer.MAX_VALUE))
                .toType(q.getDataType(), false)
                .log();
    }

    /** Σ_j p_ij v_j [p, H, n L, dv], for weights in the order of the scores. */
    private NDArray mean(
            NDArray weights, Siblings group, Source values, @Nullable LogSumExpAttention read, NDManager scope) {
        int last = 3;
        long to = weights.getShape().get(last);
        long from = to - group.longest();
        NDArray within = group.apart(Heads.part(weights, last, from, to));
        NDArray output = group.together(within.matMul(group.apart(values.own(group, scope))));
        NDArray path = values.path(group, scope);
        if (path != null) {
            to = from;
            from -= path.getShape().get(2);
            output = output.add(Heads.part(weights, last, from, to).matMul(path));
        }
        if (slots != null) {
            to = from;
            from -= slots.size();
            output = output.add(Heads.part(weights, last, from, to).matMul(slots.v()));
        }
        return read == null
                ? output
                : output.add(Heads.part(weights, last, from - 1, from).mul(read.mean()));
    }

    /** Outputs [B, H, T, dv], chunk by chunk, after slots that may be empty, but are there. */
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
        NDArray keys = Heads.part(own.k(), 2, from, chunk.to());
        LogSumExpAttention within = LogSumExpAttention.of(
                features == null ? q.matMul(keys.swapAxes(2, 3)) : features.of(q, keys),
                Heads.part(own.v(), 2, from, chunk.to()),
                layout.seen(chunk, from, reach, scope));
        NDArray there = before.there();
        NDArray seen = window.isPresent() ? there.mul(layout.seenBefore(chunk, before.size(), reach, scope)) : there;
        NDArray scores = features == null ? before.scores(q) : features.of(q, before.k());
        LogSumExpAttention converted = LogSumExpAttention.of(scores, before.v(), seen);
        LogSumExpAttention earlier = sums == null ? converted : converted.with(sums.read(q, scale));
        return sinks == null
                ? within.meanWith(earlier)
                : within.with(earlier).meanBeside(AttentionSinks.perRow(sinks, q));
    }
}
