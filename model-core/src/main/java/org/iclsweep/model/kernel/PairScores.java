package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.iclsweep.model.layout.Siblings;
import org.iclsweep.model.tensor.Heads;
import org.jspecify.annotations.Nullable;

/**
 * The scores of a group's tokens with those that they have read: every pair of them, and no other.
 *
 * @param above with the tokens of their paths [p, H, n L, P]; null for roots
 * @param within with those of their own nodes, 0 for what lies ahead [p, H, n, L, L]
 */
record PairScores(Siblings group, @Nullable NDArray above, NDArray within) {
    /** Rows of all slots [T, Hk d], cut into heads of which each serves several of the queries'. */
    record Source(NDArray rows, long heads, int repeated) {
        /** The heads of {@code x} [1, Hk, T, d], each for {@code repeated} heads of queries. */
        static Source of(NDArray x, int repeated) {
            return new Source(Heads.rows(x), x.getShape().get(1), repeated);
        }

        /** Those of a group's tokens [p, H, n L, d]. */
        NDArray own(Siblings group, NDManager scope) {
            return Heads.repeat(group.own(rows, heads, scope), repeated);
        }

        /** Those of the tokens before a group's [p, H, P, d], any number before shorter paths; null for roots. */
        @Nullable NDArray path(Siblings group, NDManager scope) {
            return group.areRoots() ? null : Heads.repeat(group.path(rows, heads, scope), repeated);
        }

        /** The same with zeros before shorter paths. */
        @Nullable NDArray maskedPath(Siblings group, NDManager scope) {
            return group.areRoots() ? null : Heads.repeat(group.masked(group.path(rows, heads, scope)), repeated);
        }
    }

    /**
     * q_iᵀ k_j; 0 for what lies ahead in a token's node, and before shorter paths what the keys there make of it.
     *
     * @param q queries [p, H, n L, d]
     * @param path keys of the paths [p, H, P, d]
     * @param own keys [p, H, n L, d]
     */
    static PairScores of(NDArray q, @Nullable NDArray path, NDArray own, Siblings group) {
        NDArray within = group.apart(q).matMul(group.apart(own).swapAxes(3, 4)).mul(group.causal());
        NDArray above = path == null ? null : q.matMul(path.swapAxes(2, 3));
        return new PairScores(group, above, within);
    }

    /**
     * Σ_j s_ij v_j [p, H, n L, dv] of values of the paths, 0 before shorter ones [p, H, P, dv], and of the group's
     * tokens [p, H, n L, dv].
     */
    NDArray weighted(@Nullable NDArray path, NDArray own) {
        NDArray sum = group.together(within.matMul(group.apart(own)));
        return above == null || path == null ? sum : sum.add(above.matMul(path));
    }

    /** Σ_j s_ij [p, H, n L, 1]. */
    NDArray sum() {
        NDArray sum = group.together(within.sum(new int[] {4}, true));
        return above == null ? sum : sum.add(above.sum(new int[] {3}, true));
    }

    /** |s_ij|. */
    PairScores abs() {
        return new PairScores(group, above == null ? null : above.abs(), within.abs());
    }
}
