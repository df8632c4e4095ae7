package org.iclsweep.sweep.experiment.grid;

import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.DemonstrationSet;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.run.Seconds;
import org.jspecify.annotations.Nullable;

/**
 * A trial with the tokens that its model reads.
 *
 * @param demonstrations the tokens of each demonstration
 * @param queries those that choose first, then those that judge
 * @param choosing number of queries that choose
 */
public record EncodedTrial(
        Trial trial,
        DemonstrationSet shown,
        boolean leaked,
        List<TokenSequence> demonstrations,
        List<EncodedQuery> queries,
        int choosing) {
    public SetIdentity set() {
        return SetIdentity.of(shown);
    }

    public int contextTokens() {
        return demonstrations.stream().mapToInt(TokenSequence::length).sum();
    }

    /** The queries that judge. */
    public List<EncodedQuery> test() {
        return queries.subList(choosing, queries.size());
    }

    /** This trial with its measures, and the remarks that they give rise to. */
    public <M> MeasuredTrial<M> measured(M measures, @Nullable Double auditError, Seconds seconds, Flag... remarks) {
        List<Flag> all = Stream.concat(flags().stream(), Stream.of(remarks)).toList();
        return new MeasuredTrial<>(trial, set(), contextTokens(), test().size(), all, measures, auditError, seconds);
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
                && asked().equals(longer.asked());
    }

    /** The ids and tokens of the queries, in their order. */
    private List<?> asked() {
        return queries.stream()
                .map(query -> List.of(query.id(), query.tokens()))
                .toList();
    }
}
