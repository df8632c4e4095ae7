package org.iclsweep.datasets.reproducible;

/**
 * A stream of random numbers that is a pure function of its keys, on every machine and Java version.
 *
 * <p>SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the state goes on by the golden ratio, an output is the state
 * after a bijective mix. Normal numbers by Box and Muller with {@link StrictMath}, because {@link Math} may differ in
 * the last bit from one processor to the next. Not thread safe.
 */
public final class RandomStream {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final double UNIT_53 = 0x1.0p-53;

    private long state;

    private RandomStream(long state) {
        this.state = state;
    }

    /** The stream of the given keys; other keys, or the same in another order, give an independent stream. */
    public static RandomStream of(long... keys) {
        return new RandomStream(seed(keys));
    }

    /** One seed out of several keys. */
    public static long seed(long... keys) {
        long mixed = GOLDEN * (keys.length + 1L);
        for (long key : keys) {
            mixed = mix(mixed + GOLDEN) ^ mix(key ^ 0xD1B54A32D192ED03L);
        }
        return mix(mixed);
    }

    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Uniform over all longs. */
    public long nextLong() {
        state += GOLDEN;
        return mix(state);
    }

    /** Uniform over 0 … {@code bound} − 1, without the bias of a plain remainder. */
    public int nextInt(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("expected at least one value to choose from, found " + bound);
        }
        long bits = nextLong() >>> 1;
        long value = bits % bound;
        while (bits - value + (bound - 1) < 0) { // the last, incomplete block of `bound` values
            bits = nextLong() >>> 1;
            value = bits % bound;
        }
        return (int) value;
    }

    /** Independent numbers, each uniform over 0 … {@code bound} − 1. */
    public int[] nextInts(int count, int bound) {
        int[] values = new int[count];
        for (int i = 0; i < count; i++) {
            values[i] = nextInt(bound);
        }
        return values;
    }

    /** Uniform over [0, 1), in steps of 2⁻⁵³. */
    public double nextDouble() {
        return (nextLong() >>> 11) * UNIT_53;
    }

    /** Standard normal. Takes two numbers of the stream, always. */
    public double nextGaussian() {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
        return radius * StrictMath.cos(2 * Math.PI * nextDouble());
    }

    /** A vector of independent standard normal numbers. */
    public double[] nextGaussians(int count) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = nextGaussian();
        }
        return values;
    }

    /** A uniformly random order of 0 … {@code size} − 1. */
    public int[] nextPermutation(int size) {
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int other = nextInt(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        return order;
    }
}
