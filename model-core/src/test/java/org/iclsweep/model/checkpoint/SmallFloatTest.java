package org.iclsweep.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both 16-bit formats, over all of their numbers. */
class SmallFloatTest {
    /** The value of a bit pattern by the definition of IEEE 754: (−1)^s · 2^(e − bias) · 1.f, or 0.f · 2^(1 − bias). */
    private static double defined(SmallFloat format, int bits) {
        int exponentBits = format == SmallFloat.HALF ? 5 : 8;
        int fractionBits = 15 - exponentBits;
        int bias = (1 << (exponentBits - 1)) - 1;
        int exponent = bits >> fractionBits & (1 << exponentBits) - 1;
        double fraction = (bits & (1 << fractionBits) - 1) / (double) (1 << fractionBits);
        double sign = (bits & 0x8000) == 0 ? 1 : -1;
        if (exponent == (1 << exponentBits) - 1) {
            return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
        }
        return exponent == 0
                ? sign * fraction * Math.pow(2, 1 - bias)
                : sign * (1 + fraction) * Math.pow(2, exponent - bias);
    }

    @ParameterizedTest
    @EnumSource
    void everyPatternHasTheValueOfTheDefinition(SmallFloat format) {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = format.decode((short) bits);
            assertThat(Double.compare(value, defined(format, bits)))
                    .as("%04x", bits)
                    .isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyNumberIsEncodedAsItself(SmallFloat format) {
        for (int bits = 0; bits < 1 << 16; bits++) {
            double value = defined(format, bits);
            short encoded = format.encode(value);
            if (Double.isNaN(value)) {
                assertThat(format.decode(encoded)).isNaN();
            } else {
                assertThat(encoded).as("%04x", bits).isEqualTo((short) bits);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void halfwayBetweenTwoNeighboursTheEvenOneIsTakenAndElseTheNearest(SmallFloat format) {
        int infinity = format == SmallFloat.HALF ? 0x7c00 : 0x7f80;
        for (int bits = 0; bits < infinity; bits++) {
            double below = defined(format, bits);
            // Numbers overflow that would round to the number after the greatest, if there were one.
            double above =
                    bits + 1 == infinity ? below + (below - defined(format, bits - 1)) : defined(format, bits + 1);
            double middle = below + (above - below) / 2;
            int even = (bits & 1) == 0 ? bits : bits + 1;
            assertThat(format.encode(middle)).as("%04x, tie", bits).isEqualTo((short) even);
            assertThat(format.encode(-middle)).as("%04x, −tie", bits).isEqualTo((short) (even | 0x8000));
            assertThat(format.encode(Math.nextDown(middle)))
                    .as("%04x, below", bits)
                    .isEqualTo((short) bits);
            assertThat(format.encode(Math.nextUp(middle)))
                    .as("%04x, above", bits)
                    .isEqualTo((short) (bits + 1));
        }
    }

    @Test
    void bfloat16OfAFloatIsItsUpperHalfRounded() {
        Random random = new Random(5);
        for (int i = 0; i < 100_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            if (Float.isNaN(value)) {
                continue;
            }
            int bits = Float.floatToRawIntBits(value);
            int rounded = (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
            assertThat(SmallFloat.BFLOAT16.encode(value)).isEqualTo((short) rounded);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsTooLargeIsInfiniteAndWhatIsTooSmallIsZero(SmallFloat format) {
        assertThat(format.decode(format.encode(Double.MAX_VALUE))).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(format.decode(format.encode(Double.NEGATIVE_INFINITY))).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(format.encode(Double.MIN_VALUE)).isZero();
        assertThat(format.encode(-Double.MIN_NORMAL)).isEqualTo((short) 0x8000);
    }
}
