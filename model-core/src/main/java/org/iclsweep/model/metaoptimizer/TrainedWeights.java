package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.metaoptimizer.TrainedBlock.Part;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.tensor.Parameters;

/** The weights that fine-tuning changes. */
public enum TrainedWeights {
    /** Projections to keys and to values, weights and biases of all layers: what Dai et al. train. */
    KEYS_AND_VALUES,
    /** Projections to values alone, weights and biases of all layers. */
    VALUES,
    /** Everything that a sequence of tokens is read with. */
    WHOLE_MODEL;

    /**
     * The blocks of {@code model} that change.
     *
     * @throws ModelException if it has none
     */
    public List<TrainedBlock> in(LanguageModel model) {
        List<TrainedBlock> blocks = this == WHOLE_MODEL ? whole(model) : projections(model);
        if (blocks.isEmpty()) {
            throw new ModelException("This model has no projections to keys and values (k_proj and v_proj, or c_attn),"
                    + " so there is nothing to fine-tune. Instead: train the whole model");
        }
        return blocks;
    }

    private static List<TrainedBlock> whole(LanguageModel model) {
        Set<String> names = new LinkedHashSet<>(model.tensors().keySet());
        names.removeAll(model.layout().state().entries().keySet());
        names.remove(Architecture.VECTOR_INPUTS);
        Map<String, List<TrainedBlock>> projections =
                DemonstrationGradient.byTensor(KEYS_AND_VALUES.projections(model));
        return names.stream()
                .flatMap(name -> divided(name, projections.getOrDefault(name, List.of()), columns(model, name)))
                .toList();
    }

    /** A whole tensor: its blocks of keys and values, which come last, and what stands before them. */
    private static Stream<TrainedBlock> divided(String name, List<TrainedBlock> projections, long columns) {
        long from = projections.stream().mapToLong(TrainedBlock::from).min().orElse(columns);
        Stream<TrainedBlock> before =
                from > 0 ? Stream.of(new TrainedBlock(name, Part.OTHER, 0, from, columns)) : Stream.of();
        return Stream.concat(before, projections.stream());
    }

    private List<TrainedBlock> projections(LanguageModel model) {
        List<TrainedBlock> blocks = new ArrayList<>();
        model.layout().mixers().forEach((module, mixer) -> {
            for (String tensor : new String[] {"weight", "bias"}) {
                if (this == KEYS_AND_VALUES) {
                    add(blocks, model, module, mixer, Part.KEYS, tensor);
                }
                add(blocks, model, module, mixer, Part.VALUES, tensor);
            }
        });
        return blocks;
    }

    private static void add(
            List<TrainedBlock> blocks, LanguageModel model, String module, TokenMixer mixer, Part part, String tensor) {
        if (mixer instanceof SoftmaxAttention attention && attention.projections() == SoftmaxProjections.FUSED) {
            long query = (long) attention.heads() * attention.headDimension();
            long key = (long) attention.keyValueHeads() * attention.headDimension();
            long from = part == Part.KEYS ? query : query + key;
            String name = module + ".c_attn." + tensor;
            blocks.add(new TrainedBlock(name, part, from, from + key, columns(model, name)));
            return;
        }
        String name = module + (part == Part.KEYS ? ".k_proj." : ".v_proj.") + tensor;
        if (model.tensors().containsKey(name)) {
            blocks.add(TrainedBlock.whole(name, part, columns(model, name)));
        }
    }

    private static long columns(LanguageModel model, String name) {
        Shape shape = Parameters.of(model.tensors()).get(name).getShape();
        return shape.get(shape.dimension() - 1);
    }
}
