package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.iclsweep.model.tensor.Decays;
import org.iclsweep.model.tensor.Heads;

/**
 * Scores under a decay per channel, A_ij = Σ_d q_id k_jd e^{p_id − c_jd} (arXiv:2312.06635, secondary chunks), in which
 * no exponent is positive, however fast a channel forgets. Sub-blocks on the diagonal are computed directly; below
 * them, with the sum b before the block's first row, e^{p − c} = e^{p − b} e^{b − c} makes a matrix product of it.
 */
final class DecayedScores {
    private static final int BLOCK = 16;

    private DecayedScores() {}

    /** Rows [from, to) of a square of scores. */
    private record RowBlock(int from, int to) {}

    /**
     * A [..., t, t], 0 where j &gt; i.
     *
     * @param q [..., t, d]
     * @param p the sums of log decays up to which a row reads [..., t, d], in float64
     * @param k [..., t, d]
     * @param c Σ of the log decays up to each row, itself included [..., t, d], in float64
     * @param strict true if a row reads those before it alone; p is then the sum up to the row before
     */
    static NDArray of(NDArray q, NDArray p, NDArray k, NDArray c, boolean strict) {
        int size = (int) q.getShape().get(q.getShape().dimension() - 2);
        int rowAxis = q.getShape().dimension() - 2;
        NDList rows = new NDList();
        for (int from = 0; from < size; from += BLOCK) {
            RowBlock block = new RowBlock(from, Math.min(size, from + BLOCK));
            NDList columns = new NDList();
            NDArray queries = part(q, block);
            NDArray upTo = part(p, block);
            if (block.from() > 0) {
                RowBlock earlier = new RowBlock(0, block.from());
                NDArray before = part(c, new RowBlock(block.from() - 1, block.from()));
                NDArray reading = queries.mul(Decays.power(upTo.sub(before), q.getDataType()));
                NDArray kept = part(k, earlier).mul(Decays.power(before.sub(part(c, earlier)), q.getDataType()));
                columns.add(reading.matMul(kept.swapAxes(rowAxis, rowAxis + 1)));
            }
            columns.add(onDiagonal(queries, upTo, part(k, block), part(c, block), strict));
            if (block.to() < size) {
                Shape shape = queries.getShape().slice(0, rowAxis + 1).add(size - block.to());
                columns.add(q.getManager().zeros(shape, q.getDataType()));
            }
            rows.add(Heads.joined(columns, rowAxis + 1));
        }
        return Heads.joined(rows, rowAxis);
    }

    /** The scores within a sub-block [..., s, s], by its differences [..., s, s, d], which are freed. */
    private static NDArray onDiagonal(NDArray q, NDArray p, NDArray k, NDArray c, boolean strict) {
        NDManager manager = q.getManager();
        int axis = q.getShape().dimension() - 1;
        NDArray allowed = Heads.causal(q, strict);
        NDArray mask = allowed.expandDims(2);
        try (NDManager scope = manager.newSubManager()) {
            NDArray here = p.expandDims(axis);
            here.attach(scope);
            // Masked slots lie ahead, where the power could overflow.
            NDArray differences = here.sub(c.expandDims(axis - 1))
                    .toType(q.getDataType(), false)
                    .mul(mask);
            NDArray weighted = Decays.power(differences, q.getDataType()).mul(k.expandDims(axis - 1));
            NDArray scores =
                    weighted.mul(q.expandDims(axis)).sum(new int[] {axis + 1}).mul(allowed);
            scores.attach(manager);
            return scores;
        }
    }

    private static NDArray part(NDArray x, RowBlock block) {
        int axis = x.getShape().dimension() - 2;
        return Heads.part(x, axis, block.from(), block.to());
    }
}
