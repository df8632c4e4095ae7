package org.iclsweep.model.metaoptimizer;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.Vectors;

/**
 * The similarity, at one mixer, of the updates of the queries' last tokens by the context and by fine-tuning: means
 * over the queries of a set, beside the chance level. A measure is the mean over the queries that have it.
 *
 * @param module name of the mixer, the prefix of its tensors' names
 * @param outputs of the mixer's outputs
 * @param maps of the scores for the query's own tokens, head by head; none where the mixer has no scores
 * @param chance the same as {@code outputs} for unrelated updates
 */
public record LayerComparison(String module, UpdateSimilarity outputs, List<MapSimilarity> maps, Chance chance) {
    public LayerComparison {
        maps = List.copyOf(maps);
    }

    /**
     * Cosines with updates that know nothing of the query.
     *
     * @param permuted cos(u_ICL of a query, u_FT of the next one): what the updates of all queries have in common
     * @param gaussian cos(u_ICL, r) with |r| = |u_FT|, every direction as likely as any other
     * @param gaussianNormalised the same of outputs of length 1: r added to the same h_ZSL
     * @param uniform the paper's SimAOU(Random)
     */
    public record Chance(
            OptionalDouble permuted,
            OptionalDouble gaussian,
            OptionalDouble gaussianNormalised,
            OptionalDouble uniform) {}

    /**
     * At every mixer, first layer first; a function of the recordings and {@code seed}.
     *
     * @param zeroShot the queries alone, read by the model
     * @param context the queries after the demonstrations
     * @param tuned the queries alone, read by the fine-tuned model
     */
    public static List<LayerComparison> of(
            List<QueryRecording> zeroShot, List<QueryRecording> context, List<QueryRecording> tuned, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return IntStream.range(0, zeroShot.get(0).mixers().size())
                .mapToObj(mixer -> of(at(mixer, zeroShot), at(mixer, context), at(mixer, tuned), random))
                .toList();
    }

    /** The recordings of the queries at one mixer. */
    private static List<MixerRecording> at(int mixer, List<QueryRecording> queries) {
        return queries.stream().map(query -> query.mixers().get(mixer)).toList();
    }

    private static LayerComparison of(
            List<MixerRecording> zeroShot,
            List<MixerRecording> context,
            List<MixerRecording> tuned,
            SplittableRandom random) {
        List<UpdateSimilarity> outputs = IntStream.range(0, zeroShot.size())
                .mapToObj(q -> UpdateSimilarity.of(
                        zeroShot.get(q).output(),
                        context.get(q).output(),
                        tuned.get(q).output()))
                .toList();
        List<MapSimilarity> maps = IntStream.range(0, zeroShot.get(0).toQuery().length)
                .mapToObj(head -> MapSimilarity.mean(IntStream.range(0, zeroShot.size())
                        .mapToObj(q -> MapSimilarity.of(
                                zeroShot.get(q).toQuery()[head],
                                context.get(q).toQuery()[head],
                                tuned.get(q).toQuery()[head]))
                        .toList()))
                .toList();
        return new LayerComparison(
                zeroShot.get(0).module(),
                UpdateSimilarity.mean(outputs),
                maps,
                chance(outputs(zeroShot), outputs(context), outputs(tuned), random));
    }

    private static List<double[]> outputs(List<MixerRecording> queries) {
        return queries.stream().map(MixerRecording::output).toList();
    }

    private static Chance chance(
            List<double[]> zeroShot, List<double[]> context, List<double[]> tuned, SplittableRandom random) {
        List<OptionalDouble> permuted = new ArrayList<>();
        List<OptionalDouble> uniform = new ArrayList<>();
        List<UpdateSimilarity> gaussian = new ArrayList<>();
        for (int q = 0; q < zeroShot.size(); q++) {
            double[] h = zeroShot.get(q);
            int next = (q + 1) % zeroShot.size();
            double[] ofNext = Vectors.difference(tuned.get(next), zeroShot.get(next));
            permuted.add(next == q ? OptionalDouble.empty() : Cosine.of(Vectors.difference(context.get(q), h), ofNext));
            double norm = Vectors.norm(Vectors.difference(tuned.get(q), h));
            gaussian.add(UpdateSimilarity.of(h, context.get(q), UpdateSimilarity.randomlyMoved(h, norm, random)));
            uniform.add(UpdateSimilarity.withUniform(h, context.get(q), random));
        }
        return new Chance(
                MeanOfDefined.of(permuted, one -> one),
                MeanOfDefined.of(gaussian, UpdateSimilarity::raw),
                MeanOfDefined.of(gaussian, UpdateSimilarity::normalised),
                MeanOfDefined.of(uniform, one -> one));
    }

    /** Without the columns that depend on the length of fine-tuning, which a derivative does not have. */
    public LayerComparison ofDirections() {
        return new LayerComparison(
                module,
                outputs.ofDirections(),
                maps.stream().map(MapSimilarity::ofDirections).toList(),
                new Chance(chance.permuted, chance.gaussian, OptionalDouble.empty(), chance.uniform));
    }
}
