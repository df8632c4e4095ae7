package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Heads;
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
 * @param split the tensors of the taps
 */
public record ShortConvQkv(
        int hiddenSize, long queryChannels, long keyChannels, long valueChannels, int taps, Split split) {
    /** The tensors that the taps of all channels are in. */
    public enum Split {
        /** Those of queries, keys and values, each in its own. */
        BY_SIDE,
        /** Thirds of the channels q | k | v, whatever the sides' numbers, in the same three tensors. */
        IN_THIRDS
    }

    private static final List<String> SIDES = List.of("q", "k", "v");

    /** Convolutions whose tensors are those of their sides. */
    public ShortConvQkv(int hiddenSize, long queryChannels, long keyChannels, long valueChannels, int taps) {
        this(hiddenSize, queryChannels, keyChannels, valueChannels, taps, Split.BY_SIDE);
    }

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
                long channels = split == Split.BY_SIDE ? convolution.channels() : third(side);
                parameters.add(start.taps(side, convolution.module(), channels, taps));
            }
            if (taps > 0 && split == Split.BY_SIDE) {
                ShortConvolution convolution = convolution(side);
                parameters.add(ParameterSpec.tapsBias(convolution.module() + ".bias", convolution.channels())
                        .asOptional());
            }
        }
        return parameters;
    }

    /** Channels of the tensor of {@code side} where taps are in thirds, of which the last may be smaller. */
    private long third(String side) {
        long all = queryChannels + keyChannels + valueChannels;
        long rounded = (all + 2) / 3;
        return side.equals("v") ? all - 2 * rounded : rounded;
    }

    /** The taps of each side, of those in thirds; owned by the manager of {@code x}. */
    private Parameters bySide(NDArray x, Parameters parameters) {
        NDList thirds = new NDList();
        SIDES.forEach(side ->
                thirds.add(Heads.owned(parameters.get(convolution(side).module() + ".weight"), x, 1)));
        NDArray all = NDArrays.concat(thirds, 0);
        Map<String, NDArray> taps = new LinkedHashMap<>();
        long from = 0;
        for (String side : SIDES) {
            ShortConvolution convolution = convolution(side);
            taps.put(convolution.module() + ".weight", Heads.part(all, 0, from, from + convolution.channels()));
            from += convolution.channels();
        }
        return Parameters.of(taps);
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
        Parameters weights = taps > 0 && split == Split.IN_THIRDS ? bySide(x, parameters) : parameters;
        for (String side : SIDES) {
            NDArray u = parameters.linear(side + "_proj", x);
            if (taps > 0) {
                ShortConvolution convolution = convolution(side);
                NDArray extended = convolution.extended(u, before);
                convolved.put(convolution, extended);
                u = convolution.apply(extended, weights, layout);
            }
            qkv.add((side.equals("v") ? ofValues : ofKeys).apply(u));
        }
        return new Rows(qkv.get(0), qkv.get(1), qkv.get(2), convolved);
    }
}
