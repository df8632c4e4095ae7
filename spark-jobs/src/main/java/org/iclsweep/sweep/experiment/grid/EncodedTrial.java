package org.iclsweep.sweep.experiment.grid;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.DemonstrationSet;
import org.iclsweep.model.exactness.PromptSet;
import org.iclsweep.model.prompt.AnswersByTokens;
import org.iclsweep.model.prompt.EncodedPrompt;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.run.Seconds;
import org.jspecify.annotations.Nullable;

/**
 * A trial with the tokens that its model reads.
 *
 * @param prompt the context, and behind it the queries that choose, then those that judge
 * @param alone the same queries without demonstrations
 * @param examples queries that the method, or the kind, may be fitted to: in none of the set's demonstrations, never
 *     evaluated
 * @param choosing number of queries that choose
 */
public record EncodedTrial(
        Trial trial,
        DemonstrationSet shown,
        boolean leaked,
        EncodedPrompt prompt,
        EncodedPrompt alone,
        List<EncodedQuery> examples,
        int choosing) {
    public EncodedTrial {
        examples = List.copyOf(examples);
    }

    public SetIdentity set() {
        return SetIdentity.of(shown);
    }

    /** The tokens of each demonstration. */
    public List<TokenSequence> demonstrations() {
        return prompt.demonstrations();
    }

    /** Those that choose first, then those that judge. */
    public List<EncodedQuery> queries() {
        return prompt.queries();
    }

    /** The context of these demonstrations, behind the tokens that every prompt begins with. */
    public List<TokenSequence> behindLeading(List<TokenSequence> demonstrations) {
        if (prompt.leading().length() == 0) {
            return demonstrations;
        }
        List<TokenSequence> parts = new ArrayList<>(demonstrations);
        parts.add(0, prompt.leading());
        return parts;
    }

    public int contextTokens() {
        return prompt.context().length();
    }

    /** The tokens of each example. */
    public List<TokenSequence> exampleTokens() {
        return examples.stream().map(EncodedQuery::tokens).toList();
    }

    /** The queries that judge. */
    public List<EncodedQuery> test() {
        return queries().subList(choosing, queries().size());
    }

    /** This trial with its measures, and the remarks that they give rise to. */
    public <M> MeasuredTrial<M> measured(M measures, @Nullable Double auditError, Seconds seconds, Flag... remarks) {
        List<Flag> all = Stream.concat(flags().stream(), Stream.of(remarks)).toList();
        return new MeasuredTrial<>(trial, set(), tokens(), test().size(), all, measures, auditError, seconds);
    }

    /** The numbers of tokens of its prompts. */
    private PromptTokens tokens() {
        return new PromptTokens(
                contextTokens(),
                test().stream().mapToLong(query -> query.tokens().length()).sum(),
                prompt.straddling());
    }

    /** The remarks that its prompt alone gives rise to. */
    public List<Flag> flags() {
        List<Flag> flags = new ArrayList<>();
        if (leaked) {
            flags.add(new Flag(Flag.Code.LEAKED_QUERY, null, null));
        }
        if (test().stream().anyMatch(query -> AnswersByTokens.of(query).prefix().isPresent())) {
            flags.add(new Flag(Flag.Code.PREFIX_LABEL, null, null));
        }
        return flags;
    }

    /** The queries without demonstrations. */
    PromptSet.ZeroShot zeroShot() {
        return new PromptSet.ZeroShot(alone.context(), alone.queries());
    }

    /** True if both are of one demonstration set, and the other's context begins with this one's. */
    boolean leadsTo(EncodedTrial longer) {
        TokenSequence context = prompt.context();
        return trial.setIndex() == longer.trial.setIndex()
                && context.commonPrefix(longer.prompt.context()) == context.length()
                && isAskedAlike(longer);
    }

    private boolean isAskedAlike(EncodedTrial other) {
        List<EncodedQuery> own = alone.queries();
        List<EncodedQuery> others = other.alone.queries();
        return own.size() == others.size()
                && IntStream.range(0, own.size()).allMatch(i -> own.get(i).isAskedAs(others.get(i)));
    }
}
