package org.iclsweep.model.exactness;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.iclsweep.model.Models;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Queries on many states at once are answered as each is after its context, prompted and alone. */
class StateScoresTest {
    private static final double TOLERANCE = 1e-10;

    @ParameterizedTest(name = "{0}, up to {1} tokens at once")
    @CsvSource({"linear_llama, 1", "linear_llama, 60", "gated_deltanet, 100000"})
    void everyStateAnswersAsItsContextDoes(String family, int mostTokens) {
        Random random = new Random(3);
        List<int[]> labels = List.of(new int[] {3}, new int[] {5, 6}, new int[] {5, 7, 2});
        List<EncodedQuery> queries = new ArrayList<>();
        for (int gold = 0; gold < labels.size(); gold++) {
            queries.add(EncodedQuery.choosing(gold, Models.tokens(random, 1 + random.nextInt(5)), labels, gold));
        }
        List<List<TokenSequence>> contexts = new ArrayList<>();
        for (int c = 0; c < 5; c++) {
            contexts.add(List.of(Models.tokens(random, 10 + random.nextInt(30))));
        }
        try (LanguageModel model = Models.load(Models.of(family, 32, 2), 1, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState states = model.contextStates(batch, contexts, model.initialState(batch), Padding.LONGEST)
                    .get(0);
            StateScores scores = new StateScores(model, Padding.LADDER, mostTokens);
            ContextState first = states.select(batch.create(new long[] {0}));
            List<List<Answered>> answers = scores.answers(batch, states, queries);
            List<StateScores.Compared> beside = scores.beside(batch, first, states, queries);
            Audit audit = new Audit(model, new ExactConversion());
            for (int c = 0; c < contexts.size(); c++) {
                List<Answered> alone =
                        audit.audit(contexts.get(c).get(0), queries).prompted();
                assertSame(answers.get(c), alone);
                assertSame(beside.get(c).answers(), alone);
                boolean self = c == 0;
                assertThat(beside.get(c).errors())
                        .allMatch(errors -> self ? errors.meanKl() < TOLERANCE : errors.meanKl() > 1e-6);
            }
        }
    }

    private static void assertSame(List<Answered> found, List<Answered> expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int q = 0; q < expected.size(); q++) {
            assertThat(found.get(q).predicted()).isEqualTo(expected.get(q).predicted());
            assertThat(found.get(q).right()).isEqualTo(expected.get(q).right());
            Double nll = expected.get(q).nll();
            assertThat(nll).isNotNull();
            assertThat(Math.abs(found.get(q).nll() - nll)).isLessThan(TOLERANCE);
        }
    }
}
