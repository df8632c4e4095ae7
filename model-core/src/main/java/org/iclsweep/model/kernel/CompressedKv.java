package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.kernel.StateTensor.Presence;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.layout.Rotation;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.OwnedArrays;
import org.iclsweep.model.tensor.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * The compressed KV cache of contexts, slot by slot. A slot is a token's key and value, or stands for several:
 *
 * <pre>
 *   s_ip = c q_iᵀ k_p + m_p − ½ a_p |c q_i|²
 * </pre>
 *
 * <p>A token has m = a = 0. A slot of log-mass m weighs as much as e^m tokens of its key (arXiv:2602.16284). One with a
 * = 1/c is a positive random feature of direction k_p √c (arXiv:2009.14794), of which m_p and v_p hold b_D and b_KV.
 *
 * @param k b_K [B, Hk, S, d]
 * @param v b_V [B, Hk, S, dv]
 * @param kvLength number of slots in use, the last ones [B, 1]
 * @param mass m, {@code b_m} [B, Hk, S, 1]; null where it is 0
 * @param norm a, {@code b_a} [B, Hk, S, 1]; null where it is 0
 * @param queries c q_i of the tokens in the slots, turned as the keys are [B, H, S, d]; null where nobody asks for them
 */
public record CompressedKv(
        NDArray k,
        NDArray v,
        NDArray kvLength,
        @Nullable NDArray mass,
        @Nullable NDArray norm,
        @Nullable NDArray queries) {
    public static final String KEYS = "b_k";
    public static final String VALUES = "b_v";
    public static final String MASS = "b_m";
    public static final String NORM = "b_a";

    /** Queries of the tokens in the slots, kept where an initial state has a tensor of this name. */
    public static final String QUERIES = "queries";

    /** The declarations of the slots of {@code heads}. */
    public static List<StateTensor> stateTensors(KvHeads heads) {
        int keyHeads = heads.keyValueHeads();
        int d = heads.headDimension();
        Shape numbers = new Shape(keyHeads, -1);
        return List.of(
                new StateTensor(KEYS, new Shape(keyHeads, -1, d), Role.SLOTS, Presence.ALWAYS),
                new StateTensor(VALUES, new Shape(keyHeads, -1, heads.valueDimension()), Role.SLOTS, Presence.ALWAYS),
                new StateTensor(MASS, numbers, Role.SLOTS, Presence.APPROXIMATED),
                new StateTensor(NORM, numbers, Role.SLOTS, Presence.APPROXIMATED),
                new StateTensor(QUERIES, new Shape(heads.heads(), -1, d), Role.QUERIES, Presence.IN_MEMORY),
                FeatureScores.stateTensor(heads),
                StateTensor.LENGTH);
    }

    /** Queries [B, H, T, d], keys [B, Hk, T, d] and values [B, Hk, T, dv] of a sequence. */
    public record Qkv(NDArray q, NDArray k, NDArray v) {}

    /** Those of {@code state}, each tensor [1 or B, ...], owned by the manager of {@code x}. */
    public static CompressedKv of(Parameters state, NDArray x, int rows) {
        NDArray queries = state.find(QUERIES);
        return new CompressedKv(
                Heads.owned(state.get(KEYS), x, rows),
                Heads.owned(state.get(VALUES), x, rows),
                Heads.owned(state.get(StateTensor.LENGTH.name()), x, rows),
                column(state.find(MASS), x, rows),
                column(state.find(NORM), x, rows),
                queries == null ? null : Heads.owned(queries, x, rows));
    }

    /** Those of a converted checkpoint, whose tensors are of one context, as a batch of one; null where it has none. */
    public static @Nullable CompressedKv ofCheckpoint(Parameters parameters, NDArray x) {
        NDArray keys = parameters.find(KEYS);
        if (keys == null || keys.size() == 0) {
            return null;
        }
        double[] all = {keys.getShape().get(1)};
        Parameters one = parameters.asBatch(x, KEYS, VALUES, MASS, NORM);
        return new CompressedKv(
                one.get(KEYS),
                one.get(VALUES),
                OwnedArrays.of(x.getManager(), all, new Shape(1, 1), x.getDataType()),
                column(one.find(MASS), x, 1),
                column(one.find(NORM), x, 1),
                null);
    }

    private static @Nullable NDArray column(@Nullable NDArray tensor, NDArray x, int rows) {
        return tensor == null ? null : Heads.owned(tensor, x, rows).expandDims(3);
    }

    /** Number of slots S. */
    public int size() {
        return (int) k.getShape().get(2);
    }

    /** These slots for every query head, of which {@code group} share a key head. */
    public CompressedKv perQueryHead(int group) {
        return new CompressedKv(
                Heads.repeat(k, group),
                Heads.repeat(v, group),
                kvLength,
                mass == null ? null : Heads.repeat(mass, group),
                norm == null ? null : Heads.repeat(norm, group),
                queries);
    }

    /** s of scaled queries {@code q} [B, H, t, d], for slots per query head [B, H, t, S]. */
    public NDArray scores(NDArray q) {
        NDArray scores = q.matMul(k.swapAxes(2, 3));
        if (mass != null) {
            scores = scores.add(mass.swapAxes(2, 3));
        }
        if (norm != null) {
            NDArray half = Activations.scaled(q.mul(q).sum(new int[] {3}, true), 0.5);
            scores = scores.sub(half.mul(norm.swapAxes(2, 3)));
        }
        return scores;
    }

    /** 1 for slots in use [B, 1, 1, S]. */
    public NDArray there() {
        return there(kvLength, size());
    }

    /** 1 for the last {@code kvLength} [B, 1] of {@code size} slots, 0 for those before them [B, 1, 1, size]. */
    public static NDArray there(NDArray kvLength, int size) {
        float[] fromEnd = new float[size];
        for (int i = 0; i < size; i++) {
            fromEnd[i] = size - i;
        }
        NDArray place = OwnedArrays.of(kvLength.getManager(), fromEnd, new Shape(1, size), kvLength.getDataType());
        return kvLength.gte(place)
                .toType(kvLength.getDataType(), false)
                .expandDims(1)
                .expandDims(1);
    }

    /**
     * The state after further tokens: of these slots and the tokens' own, those that {@code last} [B, 1, S', 1] names.
     *
     * @param own the tokens' scaled queries, keys and values
     * @param lengthThen number of slots in use then [B, 1]
     * @param back R_{−M}, or null where there are no positions
     */
    public Map<String, NDArray> followedBy(Qkv own, NDArray last, NDArray lengthThen, @Nullable Rotation back) {
        NDArray there = there(lengthThen, (int) last.getShape().get(2)).swapAxes(2, 3);
        Map<String, NDArray> state = new LinkedHashMap<>();
        NDArray keys = kept(k, own.k(), last).mul(there);
        state.put(KEYS, back == null ? keys : back.rotate(keys));
        state.put(VALUES, kept(v, own.v(), last).mul(there));
        NDArray zeros = own.k().get("..., 0:1").zerosLike();
        if (mass != null) {
            state.put(MASS, kept(mass, zeros, last).mul(there).squeeze(3));
        }
        if (norm != null) {
            state.put(NORM, kept(norm, zeros, last).mul(there).squeeze(3));
        }
        if (queries != null) {
            NDArray following = kept(queries, own.q(), last).mul(there);
            state.put(QUERIES, back == null ? following : back.rotate(following));
        }
        state.put(StateTensor.LENGTH.name(), lengthThen);
        return state;
    }

    /** The rows that {@code last} names of those before the sequence and its own [B, Hk, S', d]. */
    private static NDArray kept(NDArray before, NDArray own, NDArray last) {
        NDArray all = before.concat(own, 2);
        Shape shape = all.getShape();
        return all.gather(
                last.broadcast(
                        new Shape(shape.get(0), shape.get(1), last.getShape().get(2), shape.get(3))),
                2);
    }
}
