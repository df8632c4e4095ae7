package org.iclsweep.sweep.trial;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.demonstration.DemonstrationSet;
import org.iclsweep.model.exactness.PromptSet;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Trials that one pass serves: each one's context is a prefix of the next one's, and their queries are the same. The
 * trials stand by the length of their contexts.
 */
record Nest(List<Member> members) {

    /**
     * A trial with what it shows the model.
     *
     * @param demonstrations the tokens of each demonstration
     */
    record Member(
            Trial trial,
            DemonstrationSet shown,
            boolean leaked,
            List<TokenSequence> demonstrations,
            List<EncodedQuery> queries) {
        SetIdentity set() {
            return SetIdentity.of(shown);
        }

        int contextTokens() {
            return demonstrations.stream().mapToInt(TokenSequence::length).sum();
        }

        /** Whether both are of one demonstration set, and the other's context begins with this one's. */
        boolean leadsTo(Member longer) {
            int shots = demonstrations.size();
            return trial.setIndex() == longer.trial.setIndex()
                    && shots <= longer.demonstrations.size()
                    && demonstrations.equals(longer.demonstrations.subList(0, shots))
                    && sameQueries(longer);
        }

        private boolean sameQueries(Member other) {
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

    Nest {
        members = List.copyOf(members);
    }

    /** The nests of {@code members}, which stand in the order of the plan. */
    static List<Nest> of(List<Member> members) {
        List<Nest> nests = new ArrayList<>();
        List<Member> open = new ArrayList<>();
        for (Member member : members) {
            if (!open.isEmpty() && !open.get(open.size() - 1).leadsTo(member)) {
                nests.add(new Nest(open));
                open.clear();
            }
            open.add(member);
        }
        if (!open.isEmpty()) {
            nests.add(new Nest(open));
        }
        return nests;
    }

    /** What is run: the context in as many segments as there are trials, and the queries after each. */
    PromptSet prompts(boolean everyPosition) {
        List<TokenSequence> segments = new ArrayList<>();
        int from = 0;
        for (Member member : members) {
            int to = member.demonstrations().size();
            segments.add(TokenSequence.concat(member.demonstrations().subList(from, to)));
            from = to;
        }
        return new PromptSet(segments, members.get(0).queries(), everyPosition);
    }
}
