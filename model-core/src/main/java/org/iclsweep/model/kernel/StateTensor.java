package org.iclsweep.model.kernel;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.stream.Stream;

/**
 * The declaration of one state tensor: a part of a context state that one module of a model keeps. Before the first
 * token every state tensor is zero.
 *
 * @param name name below the module; both together are the tensor's name in a converted checkpoint
 * @param shape shape for one context; a size of −1 grows with the context
 */
public record StateTensor(String name, Shape shape, Role role, Presence presence) {
    /** The part that a tensor plays in the state. */
    public enum Role {
        /** A sum of outer products of keys and values, decayed or overwritten as the mixer has it. */
        KEY_VALUE_SUM,
        /** A sum of feature-mapped keys, by which outputs are divided. */
        NORMALIZER_SUM,
        /** A moving average of values. */
        VALUE_AVERAGE,
        /** One row for each slot of a KV cache, oldest first. */
        SLOTS,
        /** The queries of the tokens in the slots. */
        QUERIES,
        /** Directions of the features through which a run reads its own tokens. */
        DIRECTIONS,
        /** Number of slots in use, the last ones. */
        LENGTH,
        /** The last rows that a short convolution read. */
        ROWS,
        /** The last row that a token shift read. */
        SHIFT,
        /** Number of positions that the context took. */
        COUNTER,
        /** A change of feed-forward weights. */
        PATCH
    }

    /** The contexts that leave the tensor. */
    public enum Presence {
        /** Every context. */
        ALWAYS,
        /** Contexts that an approximation converted. */
        APPROXIMATED,
        /** Contexts in memory; no checkpoint holds it. */
        IN_MEMORY
    }

    /** The tensor that counts the slots in use of one module. */
    public static final StateTensor LENGTH = new StateTensor("length", new Shape(1), Role.LENGTH, Presence.IN_MEMORY);

    /** A tensor that every context leaves. */
    public static StateTensor of(String name, Role role, long... shape) {
        return new StateTensor(name, new Shape(shape), role, Presence.ALWAYS);
    }

    /** b_KV [heads, features, values]. */
    public static StateTensor keyValueSum(long heads, long features, long values) {
        return of("b_kv", Role.KEY_VALUE_SUM, heads, features, values);
    }

    /** b_D [heads, features]. */
    public static StateTensor normalizerSum(long heads, long features) {
        return of("b_d", Role.NORMALIZER_SUM, heads, features);
    }

    /** This tensor and those after it, in the order of a checkpoint. */
    public List<StateTensor> then(List<StateTensor> others) {
        return Stream.concat(Stream.of(this), others.stream()).toList();
    }

    /** True if the tensor is as long as its context. */
    public boolean grows() {
        for (long size : shape.getShape()) {
            if (size < 0) {
                return true;
            }
        }
        return false;
    }

    /** True if training can start from it in the place of a context: a sum over tokens. */
    public boolean isTrainable() {
        return role == Role.KEY_VALUE_SUM || role == Role.NORMALIZER_SUM || role == Role.VALUE_AVERAGE;
    }
}
