package org.iclsweep.model.family;

import org.iclsweep.model.kernel.Assumption;

/**
 * Embeddings of absolute positions, added to those of the tokens. They break an assumption of conversion, that a
 * context inserted before a query changes nothing between the query's own tokens (assumption 4.3 of arXiv:2406.02847):
 * the state counts the positions of the context, and the query goes on behind them.
 *
 * @param table name of the embeddings [P, D]
 * @param taken name of the number of positions that a converted context took [1]
 * @param count P
 */
public record LearnedPositions(String table, String taken, int count) {
    Assumption.Broken broken() {
        return new Assumption.Broken(
                Assumption.RELATIVE_POSITIONS,
                "positions are learned (" + table + ") and absolute, so a query cannot start at 0 again",
                "the method full-cache, which keeps how many positions the context took and is exact");
    }
}
