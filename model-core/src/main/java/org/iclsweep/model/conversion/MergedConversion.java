package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.CheckpointLayout;
import org.iclsweep.model.family.CheckpointLayout.Mixing;
import org.iclsweep.model.family.CheckpointLayout.ResidualBranch;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Parameters;

/**
 * Parts of a context converted apart and added up by the family's law: for parts A and B, T^{M_B} (b_A) + b_B − T^{M_B}
 * (b_0), with T the transition of a state and b_0 the biases that the model has already; for linear attention R_{−M_B}
 * b_A + b_B. Exact for one layer. In a deeper one a part's tokens have not seen the parts before it, so its keys and
 * values are others than in the whole context. Refuses mixers whose transition depends on the tokens.
 *
 * @param parts how many; a context is cut into so many pieces of as equal a number of tokens as can be
 */
public record MergedConversion(int parts) implements ConversionMethod {
    public static final String NAME = "merged";

    /** Its parameter: the number of parts. */
    public static final String PARTS = "parts";

    /** The number of parts where nothing is said. */
    public static final int DEFAULT_PARTS = 2;

    public MergedConversion {
        MethodParameters.requireAtLeast(PARTS, parts, 1);
    }

    static MergedConversion of(MethodParameters parameters) {
        return new MergedConversion(parameters.wholeNumber(PARTS, DEFAULT_PARTS));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> obstacle(CheckpointLayout layout) {
        return IntStream.range(0, layout.dimensions().layers())
                .mapToObj(layout::block)
                .flatMap(List::stream)
                .filter(branch -> branch.function() instanceof Mixing mixing
                        && mixing.mixer().carried(Map.of(), new int[0]).isEmpty())
                .findFirst()
                .map(branch -> "the state of " + branch.module()
                        + " moves on by a transition that is not known without the tokens, so that states converted"
                        + " apart cannot be added up; take the method " + ExactConversion.NAME);
    }

    @Override
    public List<ConvertedModels> convert(
            LanguageModel model, NDManager batch, List<List<TokenSequence>> contexts, Padding padding) {
        obstacle(model.layout()).ifPresent(obstacle -> {
            throw new ModelException(obstacle);
        });
        List<ConvertedModels> converted = new ArrayList<>();
        for (int segment = 0; segment < contexts.get(0).size(); segment++) {
            int end = segment + 1;
            List<TokenSequence> read = contexts.stream()
                    .map(segments -> TokenSequence.concat(segments.subList(0, end)))
                    .toList();
            converted.add(ConvertedModels.of(model, merged(model, batch, read, padding), contexts.size()));
        }
        return converted;
    }

    private ContextState merged(LanguageModel model, NDManager batch, List<TokenSequence> contexts, Padding padding) {
        ContextState initial = model.initialState(batch);
        ContextState before = initial.select(batch.create(new long[contexts.size()]));
        ContextState merged = before;
        for (int part = 0; part < parts; part++) {
            int index = part;
            List<List<TokenSequence>> pieces = contexts.stream()
                    .map(context -> List.of(piece(context, index)))
                    .toList();
            ContextState apart =
                    model.contextStates(batch, pieces, initial, padding).get(0);
            int[] tokens =
                    pieces.stream().mapToInt(piece -> piece.get(0).length()).toArray();
            merged = sum(apart, carried(model, difference(merged, before), tokens));
        }
        return merged;
    }

    private TokenSequence piece(TokenSequence context, int part) {
        long length = context.length();
        return context.slice((int) (length * part / parts), (int) (length * (part + 1) / parts));
    }

    private static ContextState difference(ContextState one, ContextState other) {
        Map<String, NDArray> difference = new LinkedHashMap<>();
        one.tensors()
                .forEach((name, tensor) ->
                        difference.put(name, tensor.sub(other.tensors().get(name))));
        return new ContextState(difference);
    }

    private static ContextState sum(ContextState one, ContextState other) {
        Map<String, NDArray> sum = new LinkedHashMap<>();
        one.tensors()
                .forEach((name, tensor) ->
                        sum.put(name, tensor.add(other.tensors().get(name))));
        return new ContextState(sum);
    }

    private static ContextState carried(LanguageModel model, ContextState state, int[] tokens) {
        Map<String, NDArray> carried = new LinkedHashMap<>();
        for (int layer = 0; layer < model.layout().dimensions().layers(); layer++) {
            for (ResidualBranch branch : model.layout().block(layer)) {
                if (branch.function() instanceof Mixing mixing) {
                    of(mixing.mixer(), state.in(branch.module()), tokens)
                            .forEach((name, tensor) -> carried.put(branch.module() + "." + name, tensor));
                }
            }
        }
        return new ContextState(carried);
    }

    private static Map<String, NDArray> of(TokenMixer mixer, Parameters state, int[] tokens) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        mixer.stateShapes().keySet().forEach(name -> tensors.put(name, state.get(name)));
        return mixer.carried(tensors, tokens).orElseThrow();
    }
}
