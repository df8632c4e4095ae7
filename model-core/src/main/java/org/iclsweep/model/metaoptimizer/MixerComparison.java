package org.iclsweep.model.metaoptimizer;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The similarity, at one mixer, of the updates of a query's last token by the context and by fine-tuning.
 *
 * @param module name of the mixer, the prefix of its tensors' names
 * @param outputs of the mixer's outputs
 * @param maps of the scores for the query's own tokens, head by head; none where the mixer has no scores
 */
public record MixerComparison(String module, UpdateSimilarity outputs, List<MapSimilarity> maps) {
    public MixerComparison {
        maps = List.copyOf(maps);
    }

    /**
     * At every mixer, first layer first.
     *
     * @param zeroShot the query alone, read by the model
     * @param context the query after the demonstrations
     * @param tuned the query alone, read by the fine-tuned model
     */
    public static List<MixerComparison> of(QueryRecording zeroShot, QueryRecording context, QueryRecording tuned) {
        return IntStream.range(0, zeroShot.mixers().size())
                .mapToObj(m -> of(
                        zeroShot.mixers().get(m),
                        context.mixers().get(m),
                        tuned.mixers().get(m)))
                .toList();
    }

    private static MixerComparison of(MixerRecording zeroShot, MixerRecording context, MixerRecording tuned) {
        List<MapSimilarity> maps = IntStream.range(0, zeroShot.toQuery().length)
                .mapToObj(head ->
                        MapSimilarity.of(zeroShot.toQuery()[head], context.toQuery()[head], tuned.toQuery()[head]))
                .toList();
        UpdateSimilarity outputs = UpdateSimilarity.of(zeroShot.output(), context.output(), tuned.output());
        return new MixerComparison(zeroShot.module(), outputs, maps);
    }
}
