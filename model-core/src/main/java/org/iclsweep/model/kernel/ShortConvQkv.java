package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The queries, keys and values of a mixer: a projection of each token, perhaps a short convolution, and an activation.
 *
 * @param hiddenSize D
 * @param queryChannels width of q
 * @param keyChannels width of k
 * @param valueChannels width of v
 * @param taps of the convolutions, 0 for none
 */
public record ShortConvQkv(int hiddenSize, long queryChannels, long keyChannels, long valueChannels, int taps) {
    private static final List<String> SIDES = List.of("q", "k", "v");

    /** The projections to heads of {@code sizes}. */
    public static ShortConvQkv of(HeadSizes sizes, int taps) {
        return new ShortConvQkv(
                sizes.hiddenSize(),
                (long) sizes.heads() * sizes.key(),
                (long) sizes.keyValueHeads() * sizes.key(),
                (long) sizes.keyValueHeads() * sizes.value(),
                taps);
    }

    private long channels(String side) {
        return switch (side) {
            case "q" -> queryChannels;
            case "k" -> keyChannels;
            default -> valueChannels;
        };
    }

    private ShortConvolution convolution(String side) {
        return new ShortConvolution(side + "_conv1d", channels(side), taps);
    }

    /** The declarations of the projections and of the convolutions, whose biases a checkpoint may lack. */
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>();
        for (String side : SIDES) {
            parameters.add(start.projection(side, channels(side), hiddenSize));
            if (taps > 0) {
                ShortConvolution convolution = convolution(side);
                parameters.add(start.taps(side, convolution.module(), convolution.channels(), taps));
                parameters.add(ParameterSpec.tapsBias(convolution.module() + ".bias", convolution.channels())
                        .asOptional());
            }
        }
        return parameters;
    }

    /** The declarations of the rows that the convolutions keep of a context. */
    public List<StateTensor> stateTensors() {
        return SIDES.stream()
                .flatMap(side -> convolution(side).stateTensors().stream())
                .toList();
    }

    /** q, k and v of a batch [B, T, C], and the inputs of the convolutions [B, taps − 1 + T, C]. */
    public record Rows(NDArray q, NDArray k, NDArray v, Map<ShortConvolution, NDArray> convolved) {
        /** The rows that the convolutions keep at the end of {@code segment}, {@code b_x} [B, C, taps − 1] of each. */
        public Map<String, NDArray> kept(int segment, ChunkedLayout layout) {
            Map<String, NDArray> kept = new LinkedHashMap<>();
            convolved.forEach((convolution, extended) -> kept.putAll(convolution.kept(extended, segment, layout)));
            return kept;
        }
    }

    /** q, k and v of {@code x} [B, T, D] after {@code before}, with one activation for q and k and another for v. */
    public Rows of(
            NDArray x,
            Parameters parameters,
            SlotLayout layout,
            Parameters before,
            Nonlinearity ofKeys,
            Nonlinearity ofValues) {
        Map<ShortConvolution, NDArray> convolved = new LinkedHashMap<>();
        List<NDArray> qkv = new ArrayList<>();
        for (String side : SIDES) {
            NDArray u = parameters.linear(side + "_proj", x);
            if (taps > 0) {
                ShortConvolution convolution = convolution(side);
                NDArray extended = convolution.extended(u, before);
                convolved.put(convolution, extended);
                u = convolution.apply(extended, parameters, layout);
            }
            qkv.add((side.equals("v") ? ofValues : ofKeys).apply(u));
        }
        return new Rows(qkv.get(0), qkv.get(1), qkv.get(2), convolved);
    }
}
