package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.JsonTree;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.kernel.Assumption;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.mixer.StateLayout;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.tensor.ParameterSpec;

/**
 * The parts of a model by the names that its checkpoint has for them: embedding, blocks, final norm, head.
 *
 * @param dimensions the sizes that every model has
 * @param embedding name of the token embeddings [V, D]
 * @param learnedPositions learned absolute positions, where there are any
 * @param embeddingScale factor of the token embeddings
 * @param embeddingNorm the norm that replaces the embeddings before the first block, where there is one
 * @param blocks the residual branches of each layer, each of which adds its output to the stream
 * @param finalNorm the norm before the head
 * @param logitFactor factor of the head's outputs l
 * @param logitCap c of logits c tanh(l / c); empty for none
 * @param derived names of buffers that checkpoints may hold and that follow from the configuration: never read
 * @param otherwise the same by other names, which a checkpoint may have
 * @param beside beginnings of the names of tensors that belong to other parts of a checkpoint, which text does not use:
 *     a vision tower, heads that predict several tokens
 * @param common parameters of no branch alone, for those that {@link ResidualBranch#shared share} their module
 */
public record Architecture(
        Dimensions dimensions,
        String embedding,
        Optional<LearnedPositions> learnedPositions,
        double embeddingScale,
        Optional<Norm> embeddingNorm,
        List<List<ResidualBranch>> blocks,
        Norm finalNorm,
        double logitFactor,
        OptionalDouble logitCap,
        Set<String> derived,
        Optional<Architecture> otherwise,
        Set<String> beside,
        List<ParameterSpec> common) {
    /** Name of the untied head [V, D]. */
    public static final String HEAD = "lm_head.weight";

    /** Name of the map from vector inputs to embeddings [D, inputSize]. */
    public static final String VECTOR_INPUTS = "model.embed_inputs.weight";

    /** Name of the regression read-out [outputSize, D]. */
    public static final String READOUT = "model.readout.weight";

    public Architecture {
        blocks = blocks.stream().map(List::copyOf).toList();
        derived = Set.copyOf(derived);
        beside = Set.copyOf(beside);
        common = List.copyOf(common);
    }

    /** The same with what the other copies change. */
    private Architecture changed(
            double ofEmbeddings,
            List<List<ResidualBranch>> branches,
            double ofLogits,
            Set<String> buffers,
            Optional<Architecture> others,
            Set<String> parts,
            List<ParameterSpec> shared) {
        return new Architecture(
                dimensions,
                embedding,
                learnedPositions,
                ofEmbeddings,
                embeddingNorm,
                branches,
                finalNorm,
                ofLogits,
                logitCap,
                buffers,
                others,
                parts,
                shared);
    }

    /** The same in checkpoints that may have the {@code parts} beside it, or all names as {@code others} has them. */
    Architecture in(Set<String> parts, Optional<Architecture> others) {
        return changed(embeddingScale, blocks, logitFactor, derived, others, parts, common);
    }

    /** One architecture by the names of each of {@code named}, those of the first where nothing tells. */
    static Architecture oneOf(List<Architecture> named) {
        Architecture last = named.get(named.size() - 1);
        for (int i = named.size() - 2; i >= 0; i--) {
            last = named.get(i).in(named.get(i).beside, Optional.of(last));
        }
        return last;
    }

    /** An architecture of nothing but embedding, blocks and final norm. */
    static Architecture of(Dimensions dimensions, String embedding, List<List<ResidualBranch>> blocks, Norm finalNorm) {
        return new Architecture(
                dimensions,
                embedding,
                Optional.empty(),
                1,
                Optional.empty(),
                blocks,
                finalNorm,
                1,
                OptionalDouble.empty(),
                Set.of(),
                Optional.empty(),
                Set.of(),
                List.of());
    }

    /** The same in checkpoints that may hold the {@code buffers}. */
    Architecture holding(Set<String> buffers) {
        return changed(embeddingScale, blocks, logitFactor, buffers, otherwise, beside, common);
    }

    /** The same with {@code parameters} below {@code module}, which the first branch of every block reads, too. */
    Architecture sharing(String module, List<ParameterSpec> parameters) {
        List<List<ResidualBranch>> all = blocks.stream()
                .map(block -> Stream.concat(
                                Stream.of(block.get(0).sharing(module)),
                                block.stream().skip(1))
                        .toList())
                .toList();
        return changed(
                embeddingScale,
                all,
                logitFactor,
                derived,
                otherwise,
                beside,
                parameters.stream().map(one -> one.in(module)).toList());
    }

    /** The same with factors of the embeddings and of the head's outputs. */
    Architecture scaled(double ofEmbeddings, double ofLogits) {
        return changed(ofEmbeddings, blocks, ofLogits, derived, otherwise, beside, common);
    }

    /**
     * The architecture that a config.json describes.
     *
     * @throws ModelException if a field is missing, wrong or not known, or if the model type is not
     */
    public static Architecture of(JsonNode config) {
        return Families.read(JsonTree.of(config, Families.CONFIG));
    }

    /** The same of a checkpoint; faults have the lines of its config.json. */
    public static Architecture of(Checkpoint checkpoint) {
        return Families.read(JsonTree.read(checkpoint.directory().resolve("config.json")))
                .named(checkpoint);
    }

    /** This architecture by the names and shapes that {@code weights} have: those of which the fewest are missing. */
    public Architecture named(Weights weights) {
        return otherwise
                .map(other -> other.named(weights))
                .filter(other -> other.missing(weights) < missing(weights))
                .orElse(this);
    }

    private long missing(Weights weights) {
        return parameters().stream()
                .filter(parameter -> !parameter.optional())
                .filter(parameter -> parameter
                        .storedIn(weights::has)
                        .filter(name -> Arrays.equals(
                                weights.shape(name), parameter.shape().getShape()))
                        .isEmpty())
                .count();
    }

    /** True if the tensor {@code name} is of a part of the checkpoint that is not computed. */
    public boolean isBeside(String name) {
        return beside.stream().anyMatch(name::startsWith);
    }

    /** The parts of {@code weights} that are not computed, as beginnings of names with their numbers of tensors. */
    public SortedMap<String, Long> besideIn(Weights weights) {
        return weights.names().stream()
                .flatMap(name -> beside.stream().filter(name::startsWith))
                .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
    }

    /** The declarations of all parameters, in the order of the computation. */
    public List<ParameterSpec> parameters() {
        int hiddenSize = dimensions.hiddenSize();
        List<ParameterSpec> parameters = new ArrayList<>();
        parameters.add(tokenEmbedding());
        if (dimensions.inputSize() > 0) {
            parameters.add(ParameterSpec.matrix(VECTOR_INPUTS, hiddenSize, dimensions.inputSize()));
        }
        learnedPositions.ifPresent(
                positions -> parameters.add(ParameterSpec.matrix(positions.table(), positions.count(), hiddenSize)));
        embeddingNorm.ifPresent(norm -> parameters.addAll(norm.parameters(hiddenSize)));
        branches().forEach(branch -> {
            branch.norms().forEach(norm -> parameters.addAll(norm.parameters(hiddenSize)));
            branch.function().parameters(hiddenSize).forEach(one -> parameters.add(one.in(branch.module())));
        });
        parameters.addAll(common);
        parameters.addAll(finalNorm.parameters(hiddenSize));
        if (dimensions.outputSize() > 0) {
            parameters.add(ParameterSpec.matrix(READOUT, dimensions.outputSize(), hiddenSize));
        } else if (!dimensions.tied()) {
            parameters.add(ParameterSpec.matrix(HEAD, dimensions.vocabulary(), hiddenSize));
        }
        return parameters;
    }

    /** Of the two names of a tied matrix a checkpoint may keep either. */
    private ParameterSpec tokenEmbedding() {
        ParameterSpec declared = ParameterSpec.embedding(embedding, dimensions.vocabulary(), dimensions.hiddenSize());
        return dimensions.tied() ? declared.orNamed(HEAD) : declared;
    }

    /** The residual branches of all layers, first layer first. */
    public Stream<ResidualBranch> branches() {
        return blocks.stream().flatMap(List::stream);
    }

    /** The token mixers by the modules that their tensors are in, first layer first. */
    public Map<String, TokenMixer> mixers() {
        Map<String, TokenMixer> mixers = new LinkedHashMap<>();
        branches().forEach(branch -> {
            if (branch.function() instanceof Mixing mixing) {
                mixers.put(branch.module(), mixing.mixer());
            }
        });
        return mixers;
    }

    /** The most heads of a token mixer. */
    public int heads() {
        return mixers().values().stream().mapToInt(TokenMixer::heads).max().orElse(1);
    }

    /** The declarations of the state tensors of one context, first layer first. */
    public StateLayout state() {
        Map<String, List<StateTensor>> declared = new LinkedHashMap<>();
        learnedPositions.ifPresent(
                positions -> declared.put("", List.of(StateTensor.of(positions.taken(), StateTensor.Role.COUNTER, 1))));
        mixers().forEach((module, mixer) -> declared.put(module, mixer.stateTensors()));
        return StateLayout.of(declared);
    }

    /** The layer that a tensor belongs to; empty for embeddings, head and final norm. */
    public OptionalInt layerOf(String tensor) {
        return IntStream.range(0, blocks.size())
                .filter(layer -> blocks.get(layer).stream().anyMatch(branch -> branch.has(tensor)))
                .findFirst();
    }

    /** The module of a layer's feed-forward part. */
    public String feedForwardModule(int layer) {
        return blocks.get(layer).stream()
                .filter(branch -> branch.function() instanceof FeedForward)
                .map(ResidualBranch::module)
                .findFirst()
                .orElseThrow();
    }

    /** Number of parameters that a token is not multiplied with: those of experts that are not its own. */
    public long idleParameters() {
        return branches()
                .filter(branch -> branch.function() instanceof FeedForward)
                .mapToLong(branch -> ((FeedForward) branch.function()).idleParameters(dimensions.hiddenSize()))
                .sum();
    }

    /** The assumptions of exact conversion that this model breaks, each once. */
    public List<Assumption.Broken> broken() {
        return Stream.concat(
                        mixers().values().stream().flatMap(mixer -> mixer.broken().stream()),
                        learnedPositions.map(LearnedPositions::broken).stream())
                .distinct()
                .toList();
    }
}
