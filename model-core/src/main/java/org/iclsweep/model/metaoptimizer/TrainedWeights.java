package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.types.Shape;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.metaoptimizer.TrainedBlock.Part;
import org.iclsweep.model.tensor.ParameterSpec;

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
        Map<String, ParameterSpec> declared = new HashMap<>();
        model.layout().parameters().forEach(parameter -> declared.put(parameter.fullName(), parameter));
        declared.remove(Architecture.VECTOR_INPUTS);
        Map<String, List<TrainedBlock>> projections =
                DemonstrationGradient.byTensor(KEYS_AND_VALUES.projections(model));
        return model.tensors().keySet().stream()
                .flatMap(name -> Optional.ofNullable(declared.get(name)).stream())
                .flatMap(parameter -> divided(parameter, projections.getOrDefault(parameter.fullName(), List.of())))
                .toList();
    }

    /** A whole tensor: its blocks of keys and values, which come last, and the columns before them. */
    private static Stream<TrainedBlock> divided(ParameterSpec parameter, List<TrainedBlock> projections) {
        long from = projections.stream().mapToLong(TrainedBlock::from).min().orElse(columns(parameter));
        return Stream.concat(
                from > 0 ? Stream.of(block(parameter, Part.OTHER, 0, from)) : Stream.of(), projections.stream());
    }

    /** Module by module, weights before biases. */
    private List<TrainedBlock> projections(LanguageModel model) {
        Comparator<ParameterSpec> weightsFirst =
                Comparator.comparing(parameter -> -parameter.shape().dimension());
        Map<String, List<ParameterSpec>> byModule = model.layout().parameters().stream()
                .filter(parameter -> model.tensors().containsKey(parameter.fullName()))
                .collect(Collectors.groupingBy(ParameterSpec::module, LinkedHashMap::new, Collectors.toList()));
        return byModule.values().stream()
                .flatMap(module -> module.stream().sorted(weightsFirst))
                .flatMap(TrainedWeights::keysAndValues)
                .filter(block -> this == KEYS_AND_VALUES || block.part() == Part.VALUES)
                .toList();
    }

    private static Stream<TrainedBlock> keysAndValues(ParameterSpec parameter) {
        long columns = columns(parameter);
        return switch (parameter.role()) {
            case KEYS -> Stream.of(block(parameter, Part.KEYS, 0, columns));
            case VALUES -> Stream.of(block(parameter, Part.VALUES, 0, columns));
            case QKV ->
                Stream.of(
                        block(parameter, Part.KEYS, columns / 3, 2 * columns / 3),
                        block(parameter, Part.VALUES, 2 * columns / 3, columns));
            default -> Stream.of();
        };
    }

    private static TrainedBlock block(ParameterSpec parameter, Part part, long from, long to) {
        return new TrainedBlock(parameter.module(), parameter.fullName(), part, from, to, columns(parameter));
    }

    private static long columns(ParameterSpec parameter) {
        Shape shape = parameter.shape();
        return shape.get(shape.dimension() - 1);
    }
}
