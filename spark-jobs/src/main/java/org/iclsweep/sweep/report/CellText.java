package org.iclsweep.sweep.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A value as a reader sees it in a table: four significant digits, powers of ten beyond 0.001 and 1,000,000. */
final class CellText {
    private static final MathContext FOUR_DIGITS = new MathContext(4);

    private CellText() {}

    static String of(@Nullable Object value) {
        if (value == null) {
            return "–";
        }
        if (value instanceof Double || value instanceof Float) {
            return of(((Number) value).doubleValue());
        }
        return value instanceof Number whole ? String.format(Locale.ROOT, "%,d", whole.longValue()) : value.toString();
    }

    private static String of(double value) {
        if (!Double.isFinite(value)) {
            return Double.toString(value);
        }
        double size = Math.abs(value);
        if (size != 0 && (size < 1e-3 || size >= 1e6)) {
            return String.format(Locale.ROOT, "%.2e", value);
        }
        BigDecimal rounded = new BigDecimal(value).round(FOUR_DIGITS).stripTrailingZeros();
        return rounded.signum() == 0 ? "0" : rounded.toPlainString();
    }
}
