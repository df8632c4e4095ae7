package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.OwnedArrays;

/**
 * The labelled queries that a state is tuned to.
 *
 * @param seed of the draws of a step's examples
 */
public record TuningExamples(List<Example> examples, long seed) {
    private static final long STREAM = 1;

    public TuningExamples {
        examples = List.copyOf(examples);
    }

    /** A query of at least one token, and the tokens that answer it. */
    public record Example(TokenSequence query, TokenSequence answer) {
        /** A query of labels, with the right one. */
        public static Example of(EncodedQuery query) {
            if (query.judgement() instanceof EncodedQuery.Choice choice) {
                EncodedQuery.Option gold = choice.options().get(choice.gold());
                return new Example(query.tokens().slice(0, gold.from()), TokenSequence.of(gold.tokens()));
            }
            throw new IllegalArgumentException("expected a query of labels, found " + query.judgement());
        }

        private Continuation continuation() {
            TokenSequence begun = answer.slice(0, answer.length() - 1);
            return new Continuation(begun.length() == 0 ? query : query.then(begun), query.length() - 1);
        }
    }

    /** The examples of one step: all of them where there are no more than {@code batch}. */
    private List<Example> drawn(int batch, int step) {
        if (examples.size() <= batch) {
            return examples;
        }
        int[] order = RandomStream.of(seed, STREAM, step).nextPermutation(examples.size());
        return Arrays.stream(order).limit(batch).mapToObj(examples::get).toList();
    }

    /** The examples of one step of each state. */
    static Drawn drawn(List<TuningExamples> ofStates, int batch, int step) {
        return new Drawn(
                ofStates.stream().map(examples -> examples.drawn(batch, step)).toList());
    }

    /** The examples of one step, state by state, and the N tokens of their answers, in the same order. */
    record Drawn(List<List<Example>> ofState) {
        List<Continuation> continuations() {
            return all().map(Example::continuation).toList();
        }

        /** The state that each continuation is read after. */
        long[] states() {
            return IntStream.range(0, ofState.size())
                    .flatMap(state ->
                            IntStream.range(0, ofState.get(state).size()).map(example -> state))
                    .asLongStream()
                    .toArray();
        }

        /** The tokens of the answers [N, 1]. */
        NDArray answers(NDManager scope) {
            long[] tokens = all().flatMapToInt(
                            example -> Arrays.stream(example.answer().ids()))
                    .asLongStream()
                    .toArray();
            return OwnedArrays.of(scope, tokens).reshape(tokens.length, 1);
        }

        /** 1/B of its state at each token of the answers [N, 1]. */
        NDArray weights(NDManager scope, DataType type) {
            double[] weights = ofState.stream()
                    .flatMapToDouble(examples ->
                            DoubleStream.generate(() -> 1.0 / examples.size()).limit(tokens(examples)))
                    .toArray();
            return OwnedArrays.of(scope, weights, new Shape(weights.length, 1), type);
        }

        /** L of each state, by the log-likelihoods [N] of the answers' tokens. */
        double[] losses(double[] likelihoods) {
            double[] losses = new double[ofState.size()];
            int from = 0;
            for (int state = 0; state < losses.length; state++) {
                List<Example> examples = ofState.get(state);
                int to = from + tokens(examples);
                losses[state] = -Arrays.stream(likelihoods, from, to).sum() / examples.size();
                from = to;
            }
            return losses;
        }

        private Stream<Example> all() {
            return ofState.stream().flatMap(List::stream);
        }

        private static int tokens(List<Example> examples) {
            return examples.stream()
                    .mapToInt(example -> example.answer().length())
                    .sum();
        }
    }
}
