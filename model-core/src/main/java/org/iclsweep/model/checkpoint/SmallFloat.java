package org.iclsweep.model.checkpoint;

/**
 * A binary floating-point format of 16 bits in the manner of IEEE 754: a sign, {@code exponentBits} of biased exponent,
 * {@code fractionBits} of fraction, with subnormal numbers, infinities and NaNs.
 */
enum SmallFloat {
    /** binary16. */
    HALF(5, 10),
    /** The upper half of a binary32. */
    BFLOAT16(8, 7);

    private static final int DOUBLE_FRACTION_BITS = 52;
    private static final int FLOAT_FRACTION_BITS = 23;
    private static final int FLOAT_INFINITY = 0x7f800000;
    private static final int SIGN = 0x8000;

    private final int fractionBits;
    /** Exponent of the least normal number, which subnormal numbers have as well. */
    private final int leastExponent;
    /** The bits of +∞. */
    private final int infinity;
    /** 2 to the difference of a float's exponent bias and this format's. */
    private final float rebias;

    SmallFloat(int exponentBits, int fractionBits) {
        this.fractionBits = fractionBits;
        this.leastExponent = 2 - (1 << (exponentBits - 1));
        this.infinity = ((1 << exponentBits) - 1) << fractionBits;
        this.rebias = Math.scalb(1f, leastExponent - Float.MIN_EXPONENT);
    }

    /** The value of {@code bits}, exactly. */
    float decode(short bits) {
        int magnitude = bits & ~SIGN & 0xffff;
        // Read as a float, the exponent is short by the difference of the biases; the product is exact. Infinities and
        // NaNs have the greatest exponent in both formats.
        float value = magnitude < infinity
                ? Float.intBitsToFloat(magnitude << (FLOAT_FRACTION_BITS - fractionBits)) * rebias
                : Float.intBitsToFloat(FLOAT_INFINITY | (magnitude << (FLOAT_FRACTION_BITS - fractionBits)));
        return (bits & SIGN) == 0 ? value : -value;
    }

    /** The nearest number of this format, ties to even, rounded once. NaN becomes a quiet NaN. */
    short encode(double value) {
        int sign = Double.doubleToRawLongBits(value) < 0 ? SIGN : 0;
        if (Double.isNaN(value)) {
            return (short) (sign | infinity | 1 << (fractionBits - 1));
        }
        return (short) (sign | Math.min(infinity, magnitude(Math.abs(value))));
    }

    /** The bits of a number that is not negative; infinity or more where it is too large. */
    private int magnitude(double value) {
        int exponent = Math.getExponent(value);
        if (exponent < leastExponent - fractionBits - 1) {
            return 0;
        }
        if (exponent > -leastExponent + 1) {
            return infinity;
        }
        long implicitOne = 1L << DOUBLE_FRACTION_BITS;
        long significand = (Double.doubleToRawLongBits(value) & (implicitOne - 1)) | implicitOne;
        int scale = Math.max(exponent, leastExponent);
        int shift = DOUBLE_FRACTION_BITS - fractionBits + scale - exponent;
        long quotient = significand >>> shift;
        long remainder = significand & ((1L << shift) - 1);
        long half = 1L << (shift - 1);
        if (remainder > half || (remainder == half && (quotient & 1) == 1)) {
            quotient++;
        }
        // A normal quotient carries the implicit one, which counts as the first exponent above the subnormal ones.
        return ((scale - leastExponent) << fractionBits) + (int) quotient;
    }
}
