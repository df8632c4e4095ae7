package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Parameters;

/**
 * Parts of a context converted apart and added up by the family's law: for parts A and B, T^{M_B} (b_A) + b_B − T^{M_B}
 * (b_0), with T the transition of a state and b_0 the biases that the model has already; for linear attention R_{−M_B}
 * b_A + b_B. Exact for one layer. In a deeper one a part's tokens have not seen the parts before it, so its keys and
 * values are others than in the whole context. Refuses mixers whose transition depends on the tokens.
 *
 * @param parts number of pieces, as equal in tokens as can be, that a context is cut into
 */
@Named(value = "merged", doc = "Parts of the context converted apart and added up: exact for one layer.")
public record MergedConversion(
        @Key(doc = "Parts, of as equal a number of tokens as can be.", from = 1, otherwise = "2")
        int parts) implements ConversionMethod {

    @Override
    public Optional<String> obstacle(Architecture layout) {
        return layout.mixers().entrySet().stream()
                .filter(mixer -> !mixer.getValue().advancesByNumber())
                .findFirst()
                .map(mixer -> "the state of " + mixer.getKey()
                        + " moves on by a transition that is not known without the tokens, so that states converted"
                        + " apart cannot be added up; take the method " + ExactConversion.NAME);
    }

    @Override
    public List<ConvertedModels> converted(
            LanguageModel model, NDManager batch, ContextBatch contexts, Padding padding) {
        List<ConvertedModels> converted = new ArrayList<>();
        for (int segment = 0; segment < contexts.depth(); segment++) {
            List<TokenSequence> read = contexts.upTo(segment);
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
            ContextState added = combined(merged, before, NDArray::sub);
            merged = combined(apart, advanced(model, added, tokens), NDArray::add);
        }
        return merged;
    }

    private TokenSequence piece(TokenSequence context, int part) {
        long length = context.length();
        return context.slice((int) (length * part / parts), (int) (length * (part + 1) / parts));
    }

    private static ContextState combined(ContextState one, ContextState other, BinaryOperator<NDArray> operator) {
        Parameters others = Parameters.of(other.tensors());
        Map<String, NDArray> combined = new LinkedHashMap<>();
        one.tensors().forEach((name, tensor) -> combined.put(name, operator.apply(tensor, others.get(name))));
        return new ContextState(one.layout(), combined);
    }

    private static ContextState advanced(LanguageModel model, ContextState state, int[] tokens) {
        Map<String, NDArray> advanced = new LinkedHashMap<>();
        model.layout().mixers().forEach((module, mixer) -> {
            Map<String, NDArray> own = new LinkedHashMap<>();
            for (StateTensor tensor : mixer.stateTensors()) {
                own.put(tensor.name(), state.in(module).get(tensor.name()));
            }
            mixer.advance(own, tokens).forEach((name, tensor) -> advanced.put(module + "." + name, tensor));
        });
        return new ContextState(state.layout(), advanced);
    }
}
