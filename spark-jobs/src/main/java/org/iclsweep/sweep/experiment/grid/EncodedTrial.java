package org.iclsweep.sweep.experiment.grid;

import java.util.List;
import org.iclsweep.datasets.demonstration.DemonstrationSet;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.run.ErrorCode;

/**
 * A trial with what it shows the model.
 *
 * @param demonstrations the tokens of each demonstration
 */
public record EncodedTrial(
        Trial trial,
        DemonstrationSet shown,
        boolean leaked,
        List<TokenSequence> demonstrations,
        List<EncodedQuery> queries) {
    public SetIdentity set() {
        return SetIdentity.of(shown);
    }

    public int contextTokens() {
        return demonstrations.stream().mapToInt(TokenSequence::length).sum();
    }

    /** The failure of a trial some of whose scores are not finite. */
    public FailedTrial notFinite() {
        return FailedTrial.of(trial, ErrorCode.NON_FINITE, "the logits are not finite", set());
    }

    /** The remarks that its prompt alone gives rise to. */
    public List<Flag> flags() {
        return leaked ? List.of(new Flag(Flag.Code.LEAKED_QUERY, null, null)) : List.of();
    }

    /** True if both are of one demonstration set, and the other's context begins with this one's. */
    boolean leadsTo(EncodedTrial longer) {
        int shots = demonstrations.size();
        return trial.setIndex() == longer.trial.setIndex()
                && shots <= longer.demonstrations.size()
                && demonstrations.equals(longer.demonstrations.subList(0, shots))
                && sameQueries(longer);
    }

    private boolean sameQueries(EncodedTrial other) {
        if (queries.size() != other.queries.size()) {
            return false;
        }
        for (int i = 0; i < queries.size(); i++) {
            if (queries.get(i).id() != other.queries.get(i).id()
                    || !queries.get(i).tokens().equals(other.queries.get(i).tokens())) {
                return false;
            }
        }
        return true;
    }
}
