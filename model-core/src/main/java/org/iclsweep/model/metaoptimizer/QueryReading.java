package org.iclsweep.model.metaoptimizer;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.Answered;
import org.iclsweep.model.exactness.PromptedAnswers;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Queries as one run records and answers them.
 *
 * @param recordings the last token of each query at every mixer
 * @param answers to each query
 */
public record QueryReading(List<QueryRecording> recordings, List<Answered> answers) {
    public QueryReading {
        recordings = List.copyOf(recordings);
        answers = List.copyOf(answers);
    }

    /** Each of {@code queries}, read after {@code context} alone; the bare query where that is empty. */
    public static QueryReading of(LanguageModel model, TokenSequence context, List<EncodedQuery> queries) {
        List<PromptTree> trees = PromptedAnswers.trees(context, queries);
        List<Answered> answers = new ArrayList<>();
        List<QueryRecording> branches = QueryRecording.during(
                trees, reader -> answers.addAll(PromptedAnswers.of(model, trees, queries, new MixerHook(reader))));
        List<QueryRecording> recordings = new ArrayList<>();
        int branch = 0;
        for (EncodedQuery query : queries) {
            recordings.add(branches.get(branch)); // the query itself precedes its beginnings of longer labels
            branch += query.continuations(false).size();
        }
        return new QueryReading(recordings, answers);
    }

    /** The queries [from, to) alone. */
    public QueryReading some(int from, int to) {
        return new QueryReading(recordings.subList(from, to), answers.subList(from, to));
    }
}
