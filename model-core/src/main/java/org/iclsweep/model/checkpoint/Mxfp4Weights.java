package org.iclsweep.model.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Weights of which some are stored in MXFP4, the microscaling format of the Open Compute Project (MX 1.0), as gpt_oss
 * is released. Blocks of 32 numbers along the inputs share a power of two:
 *
 * <pre>
 *   w[e, 32 g + 2 b + h, r] = E2M1(half h of NAME_blocks[e, r, g, b]) · 2^(NAME_scales[e, r, g] − 127)
 * </pre>
 *
 * with the lower half of a byte first, bytes [E, outputs, G, 16] and [E, outputs, G], weights [E, inputs, outputs]. The
 * product is exact in float64, and in float32 but at the ends of its range.
 */
final class Mxfp4Weights implements Weights {
    private static final String BLOCKS = "_blocks";
    private static final String SCALES = "_scales";
    private static final int BIAS = 127;

    /** The values of a sign, two bits of exponent and one of fraction. */
    private static final double[] E2M1 = {0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6};

    private final Weights stored;
    private final Set<String> names = new LinkedHashSet<>();
    private final Map<String, long[]> decoded = new LinkedHashMap<>();

    /**
     * The weights in {@code stored}.
     *
     * @throws CheckpointException if blocks and scales do not fit each other
     */
    Mxfp4Weights(Weights stored) {
        this.stored = stored;
        names.addAll(stored.names());
        for (String blocks : stored.names()) {
            if (blocks.endsWith(BLOCKS)) {
                String name = blocks.substring(0, blocks.length() - BLOCKS.length());
                if (stored.has(name + SCALES)) {
                    decoded.put(name, shape(blocks, name + SCALES));
                    names.add(name);
                    names.remove(blocks);
                    names.remove(name + SCALES);
                }
            }
        }
    }

    private long[] shape(String blocks, String scales) {
        long[] bytes = stored.shape(blocks);
        long[] powers = stored.shape(scales);
        boolean fit = bytes.length == 4
                && powers.length == 3
                && bytes[0] == powers[0]
                && bytes[1] == powers[1]
                && bytes[2] == powers[2];
        boolean areBytes = stored.storedType(blocks) == StoredType.U8 && stored.storedType(scales) == StoredType.U8;
        if (!fit || !areBytes) {
            throw new CheckpointException(
                    "%s: expected bytes [E, outputs, G, 16] beside %s [E, outputs, G], found %s %s beside %s %s"
                            .formatted(
                                    blocks,
                                    scales,
                                    stored.storedType(blocks),
                                    new Shape(bytes),
                                    stored.storedType(scales),
                                    new Shape(powers)));
        }
        return new long[] {bytes[0], bytes[2] * bytes[3] * 2, bytes[1]};
    }

    @Override
    public Set<String> names() {
        return names;
    }

    @Override
    public long[] shape(String name) {
        long[] shape = decoded.get(name);
        return shape == null ? stored.shape(name) : shape.clone();
    }

    /** F32 of decoded weights, which holds their values. */
    @Override
    public StoredType storedType(String name) {
        return decoded.containsKey(name) ? StoredType.F32 : stored.storedType(name);
    }

    @Override
    public NDArray read(NDManager manager, String name, DataType type) {
        long[] shape = decoded.get(name);
        if (shape == null) {
            return stored.read(manager, name, type);
        }
        NDArray weights = manager.zeros(new Shape(shape), type);
        try (NDManager scope = manager.newSubManager()) {
            NDArray blocks = stored.read(scope, name + BLOCKS, DataType.FLOAT32);
            NDArray scales = stored.read(scope, name + SCALES, DataType.FLOAT32);
            NDArray values = scope.create(E2M1);
            NDArray powers = scope.create(powers());
            for (long expert = 0; expert < shape[0]; expert++) {
                try (NDManager one = scope.newSubManager()) {
                    NDArray bytes = part(blocks, expert, one);
                    NDArray high = bytes.div(16).floor();
                    NDArray low = bytes.sub(high.mul(16));
                    NDArray pairs = looked(values, new NDList(low, high), one);
                    NDArray scaled = pairs.reshape(
                                    shape[2], -1, 2 * bytes.getShape().get(2))
                            .mul(looked(powers, new NDList(part(scales, expert, one)), one));
                    weights.set(
                            new NDIndex(expert),
                            scaled.reshape(shape[2], shape[1]).transpose().toType(type, false));
                }
            }
        }
        return weights;
    }

    private static NDArray part(NDArray all, long expert, NDManager owner) {
        NDArray part = all.get(expert);
        part.attach(owner);
        return part;
    }

    /** The entries of {@code table} at {@code places}, several places side by side [..., n]. */
    private static NDArray looked(NDArray table, NDList places, NDManager owner) {
        NDArray side = places.get(0).expandDims(-1);
        for (NDArray next : places.subList(1, places.size())) {
            side = side.concat(next.expandDims(-1), -1);
        }
        NDArray found = table.gather(side.flatten().toType(DataType.INT64, false), 0);
        found.attach(owner);
        return found.reshape(side.getShape());
    }

    private static double[] powers() {
        double[] powers = new double[256];
        for (int i = 0; i < powers.length; i++) {
            powers[i] = Math.scalb(1.0, i - BIAS);
        }
        return powers;
    }
}
