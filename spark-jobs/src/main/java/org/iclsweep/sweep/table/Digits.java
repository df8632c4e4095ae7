package org.iclsweep.sweep.table;

import java.util.Locale;

/** The number of a wave as it is written in names, alike in every locale: six digits or more. */
final class Digits {
    private Digits() {}

    static String of(int wave) {
        return String.format(Locale.ROOT, "%06d", wave);
    }
}
