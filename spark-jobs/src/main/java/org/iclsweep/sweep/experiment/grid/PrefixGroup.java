package org.iclsweep.sweep.experiment.grid;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.exactness.PromptSet;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Trials that one pass serves: each one's context is a prefix of the next one's, and their queries are the same. The
 * trials stand by the length of their contexts.
 */
public record PrefixGroup(List<EncodedTrial> members) {

    public PrefixGroup {
        members = List.copyOf(members);
    }

    /** The nests of {@code members}, which stand in the order of the plan. */
    public static List<PrefixGroup> of(List<EncodedTrial> members) {
        List<PrefixGroup> nests = new ArrayList<>();
        List<EncodedTrial> open = new ArrayList<>();
        for (EncodedTrial member : members) {
            if (!open.isEmpty() && !open.get(open.size() - 1).leadsTo(member)) {
                nests.add(new PrefixGroup(open));
                open.clear();
            }
            open.add(member);
        }
        if (!open.isEmpty()) {
            nests.add(new PrefixGroup(open));
        }
        return nests;
    }

    /** The prompts that are run: the context in as many segments as there are trials, and the queries after each. */
    public PromptSet prompts(boolean everyPosition) {
        List<TokenSequence> segments = new ArrayList<>();
        int from = 0;
        for (EncodedTrial member : members) {
            int to = member.demonstrations().size();
            segments.add(TokenSequence.concat(member.demonstrations().subList(from, to)));
            from = to;
        }
        return new PromptSet(segments, members.get(0).queries(), everyPosition);
    }
}
