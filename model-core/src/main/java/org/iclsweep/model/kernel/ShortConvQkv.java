package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The queries, keys and values of a mixer: a projection of each token, a short convolution over its last rows if
 * {@code taps} > 0, and an activation.
 *
 * @param hiddenSize D
 * @param queryChannels width of q
 * @param keyChannels width of k
 * @param valueChannels width of v
 * @param taps of the convolutions, 0 for none
 */
public record ShortConvQkv(int hiddenSize, long queryChannels, long keyChannels, long valueChannels, int taps) {
    private static final List<String> NAMES = List.of("q", "k", "v");
    private static final String CONVOLUTION = "_conv1d";

    /**
     * The projections to {@code heads} queries and {@code keyValueHeads} keys and values, H dk, Hk dk and Hk dv wide.
     */
    public static ShortConvQkv ofHeads(
            int hiddenSize, long heads, long keyValueHeads, int keyDimension, int valueDimension, int taps) {
        return new ShortConvQkv(
                hiddenSize, heads * keyDimension, keyValueHeads * keyDimension, keyValueHeads * valueDimension, taps);
    }

    private long channels(String name) {
        return switch (name) {
            case "q" -> queryChannels;
            case "k" -> keyChannels;
            default -> valueChannels;
        };
    }

    /** The declarations of the projections and of the convolutions, whose biases a checkpoint may lack. */
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>();
        parameters.add(start.query(queryChannels, hiddenSize));
        convolution(parameters, "q", start);
        parameters.add(start.key(keyChannels, hiddenSize));
        convolution(parameters, "k", start);
        parameters.add(start.value(valueChannels, hiddenSize));
        convolution(parameters, "v", start);
        return parameters;
    }

    private void convolution(List<ParameterSpec> parameters, String name, ProjectionStart start) {
        if (taps > 0) {
            String convolution = name + CONVOLUTION;
            long channels = channels(name);
            parameters.add(
                    name.equals("v") ? start.valueTaps(channels, taps) : start.keyTaps(convolution, channels, taps));
            parameters.add(
                    ParameterSpec.tapsBias(convolution + ".bias", channels).asOptional());
        }
    }

    /** The declarations of the rows that the convolutions keep of a context. */
    public List<StateTensor> stateTensors() {
        return taps > 1
                ? NAMES.stream()
                        .map(name -> ShortConvolution.stateTensor(name + CONVOLUTION, channels(name), taps))
                        .toList()
                : List.of();
    }

    /** {@code sum}, then those declarations. */
    public List<StateTensor> stateTensorsAfter(StateTensor sum) {
        return Stream.concat(Stream.of(sum), stateTensors().stream()).toList();
    }

    /**
     * q, k and v of a batch [B, T, C], before they are split into heads.
     *
     * @param convolved inputs of the convolutions [B, taps − 1 + T, C], by their modules
     */
    public record Rows(NDArray q, NDArray k, NDArray v, Map<String, NDArray> convolved) {}

    /** q, k and v of {@code x} [B, T, D], with one activation for q and k and another for v. */
    public Rows of(
            NDArray x,
            Parameters parameters,
            SlotLayout layout,
            Parameters initial,
            Nonlinearity ofKeys,
            Nonlinearity ofValues) {
        Map<String, NDArray> convolved = new LinkedHashMap<>();
        NDArray[] qkv = new NDArray[3];
        for (int i = 0; i < 3; i++) {
            String conv = NAMES.get(i) + CONVOLUTION;
            NDArray u = parameters.linear(NAMES.get(i) + "_proj", x);
            if (taps > 0) {
                NDArray before = ShortConvolution.before(u, taps, initial.find(ShortConvolution.stateName(conv)));
                NDArray extended = ShortConvolution.extended(before, u);
                convolved.put(conv, extended);
                u = ShortConvolution.apply(extended, parameters, conv, layout);
            }
            qkv[i] = (i == 2 ? ofValues : ofKeys).apply(u);
        }
        return new Rows(qkv[0], qkv[1], qkv[2], convolved);
    }

    /** The rows that the convolutions keep at the end of {@code segment}, {@code b_x} [B, C, taps − 1] of each. */
    public Map<String, NDArray> kept(Rows rows, int segment, ChunkedLayout layout) {
        Map<String, NDArray> kept = new LinkedHashMap<>();
        if (taps > 1) {
            rows.convolved()
                    .forEach((conv, extended) -> kept.put(
                            ShortConvolution.stateName(conv),
                            layout.tail(extended, segment, taps).swapAxes(1, 2)));
        }
        return kept;
    }
}
