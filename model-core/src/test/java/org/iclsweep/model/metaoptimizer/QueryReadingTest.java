package org.iclsweep.model.metaoptimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.iclsweep.model.Models;
import org.iclsweep.model.conversion.KvCacheConversion;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.Answered;
import org.iclsweep.model.exactness.Audit;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One run over several queries, beside runs over each of them alone. */
class QueryReadingTest {
    /** Labels of one and of two tokens, so that a query is continued in more than one way. */
    private static final List<int[]> LABELS = List.of(new int[] {5}, new int[] {7, 9}, new int[] {7, 3});

    private static final List<EncodedQuery> QUERIES = IntStream.range(0, 4)
            .mapToObj(q -> EncodedQuery.choosing(q, Models.tokens(new Random(q), 3 + 2 * q), LABELS, q % 3))
            .toList();

    @ParameterizedTest(name = "a context of {0} tokens")
    @ValueSource(ints = {0, 11})
    void everyQueryIsRecordedAndAnsweredAsIfItWereAlone(int length) {
        TokenSequence context = length == 0 ? TokenSequence.EMPTY : Models.tokens(new Random(9), length);
        try (LanguageModel model = Examples.model("llama")) {
            QueryReading reading = QueryReading.of(model, context, QUERIES);
            List<Answered> alone = new Audit(model, new KvCacheConversion())
                    .audit(context, QUERIES)
                    .prompted();
            for (int q = 0; q < QUERIES.size(); q++) {
                Answered answer = reading.answers().get(q);
                assertThat(answer.predicted()).isEqualTo(alone.get(q).predicted());
                assertThat(answer.nll()).isCloseTo(alone.get(q).nll(), within(1e-12));
                QueryRecording expected = QueryRecording.of(
                                model, context, List.of(QUERIES.get(q).tokens()))
                        .get(0);
                assertSame(reading.recordings().get(q), expected);
            }
        }
    }

    private static void assertSame(QueryRecording recorded, QueryRecording expected) {
        assertThat(recorded.mixers()).hasSameSizeAs(expected.mixers());
        for (int m = 0; m < recorded.mixers().size(); m++) {
            MixerRecording one = recorded.mixers().get(m);
            MixerRecording other = expected.mixers().get(m);
            assertThat(one.output()).containsExactly(other.output(), within(1e-12));
            assertThat(one.query()).containsExactly(other.query(), within(1e-12));
            for (int head = 0; head < one.toQuery().length; head++) {
                assertThat(one.toQuery()[head]).containsExactly(other.toQuery()[head], within(1e-12));
                assertThat(one.toContext()[head]).containsExactly(other.toContext()[head], within(1e-12));
            }
        }
    }
}
