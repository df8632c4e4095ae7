package org.iclsweep.sweep.experiment.grid;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.exactness.PromptSet;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Trials that one pass serves: each one's context is a prefix of the next one's, token by token, and their queries are
 * the same. The trials are sorted by the length of their contexts.
 */
public record PrefixGroup(List<EncodedTrial> members) {
    public PrefixGroup {
        members = List.copyOf(members);
    }

    /** The prefix groups of {@code trials}, which are in the order of the plan. */
    public static List<PrefixGroup> of(List<EncodedTrial> trials) {
        return Neighbours.of(trials, (open, next) -> open.get(open.size() - 1).leadsTo(next)).stream()
                .map(PrefixGroup::new)
                .toList();
    }

    /** True if its trials, which are of one demonstration set, are run prompted too. */
    public boolean prompted() {
        return members.get(0).trial().prompted();
    }

    /** The queries of its trials without demonstrations. */
    public PromptSet.ZeroShot zeroShot() {
        return members.get(0).zeroShot();
    }

    /** The prompts that are run: the context in as many segments as there are trials, and the queries after each. */
    public PromptSet prompts(boolean everyPosition) {
        List<TokenSequence> segments = new ArrayList<>();
        int from = 0;
        for (EncodedTrial member : members) {
            TokenSequence context = member.prompt().context();
            segments.add(context.slice(from, context.length()));
            from = context.length();
        }
        return new PromptSet(
                segments,
                members.stream().map(EncodedTrial::queries).toList(),
                zeroShot(),
                members.stream().map(EncodedTrial::exampleTokens).toList(),
                everyPosition);
    }
}
