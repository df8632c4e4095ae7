package org.iclsweep.model.prompt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The input of a model: for each position a token id, or a vector for models with vector inputs.
 *
 * @param ids token ids; a negative entry −1 − v stands for {@code vectors[v]}
 * @param vectors the vectors, each of the model's input size
 */
public record TokenSequence(int[] ids, List<double[]> vectors) {
    /** No positions. */
    public static final TokenSequence EMPTY = TokenSequence.of();

    public TokenSequence {
        ids = ids.clone();
        vectors = vectors.stream().map(double[]::clone).toList();
        for (int id : ids) {
            if (id < 0 && -1 - id >= vectors.size()) {
                throw new IllegalArgumentException("Position names vector " + (-1 - id) + " of " + vectors.size());
            }
        }
    }

    /** A sequence of token ids. */
    public static TokenSequence of(int... ids) {
        for (int id : ids) {
            if (id < 0) {
                throw new IllegalArgumentException("A token id cannot be negative: " + id);
            }
        }
        return new TokenSequence(ids, List.of());
    }

    /** One position that holds {@code vector}. */
    public static TokenSequence ofVector(double[] vector) {
        return new TokenSequence(new int[] {-1}, List.of(vector));
    }

    /** All positions of {@code parts}, one after another. */
    public static TokenSequence concat(List<TokenSequence> parts) {
        int[] ids = new int[parts.stream().mapToInt(TokenSequence::length).sum()];
        List<double[]> vectors = new ArrayList<>();
        int at = 0;
        for (TokenSequence part : parts) {
            for (int id : part.ids) {
                ids[at++] = id < 0 ? id - vectors.size() : id;
            }
            vectors.addAll(part.vectors);
        }
        return new TokenSequence(ids, vectors);
    }

    /** This sequence, then {@code other}. */
    public TokenSequence then(TokenSequence other) {
        return concat(List.of(this, other));
    }

    /** Positions [from, to), with their vectors alone. */
    public TokenSequence slice(int from, int to) {
        int[] some = Arrays.copyOfRange(ids, from, to);
        List<double[]> own = new ArrayList<>();
        for (int i = 0; i < some.length; i++) {
            if (some[i] < 0) {
                own.add(vectors.get(-1 - some[i]));
                some[i] = -own.size();
            }
        }
        return new TokenSequence(some, own);
    }

    /** Number of positions from the first on at which this and {@code other} are the same. */
    public int commonPrefix(TokenSequence other) {
        int length = Math.min(ids.length, other.ids.length);
        for (int i = 0; i < length; i++) {
            boolean vector = ids[i] < 0 && other.ids[i] < 0;
            boolean same = vector
                    ? Arrays.equals(vectors.get(-1 - ids[i]), other.vectors.get(-1 - other.ids[i]))
                    : ids[i] == other.ids[i];
            if (!same) {
                return i;
            }
        }
        return length;
    }

    /** Number of positions. */
    public int length() {
        return ids.length;
    }

    @Override
    public int[] ids() {
        return ids.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenSequence that
                && Arrays.equals(ids, that.ids)
                && Arrays.deepEquals(vectors.toArray(), that.vectors.toArray());
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(ids) + Arrays.deepHashCode(vectors.toArray());
    }

    @Override
    public String toString() {
        return "TokenSequence" + Arrays.toString(ids);
    }
}
