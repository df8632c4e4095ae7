package org.iclsweep.sweep.table;

/** The number of a wave as it is written in names, alike in every locale: six digits or more. */
final class Digits {
    private static final String ZEROS = "000000";

    private Digits() {}

    static String of(int wave) {
        String digits = Integer.toString(wave);
        return ZEROS.substring(Math.min(digits.length(), ZEROS.length())) + digits;
    }
}
