package org.iclsweep.sweep.config;

import java.nio.charset.StandardCharsets;

/** The character set in which this process names files and takes arguments, which Java has from the locale. */
public final class SystemCharset {
    private SystemCharset() {}

    /** The way to have files with such names; empty where the set is UTF-8, which has every name. */
    public static String remedy() {
        return remedy(System.getProperty("sun.jnu.encoding", ""));
    }

    static String remedy(String charset) {
        return charset.equalsIgnoreCase(StandardCharsets.UTF_8.name())
                ? ""
                : "this process has the character set %s: set LC_ALL=C.UTF-8 before it starts".formatted(charset);
    }

    /** True if an argument had characters outside of the set, which Java has replaced. */
    public static boolean hasLost(String argument) {
        return argument.indexOf('\uFFFD') >= 0 && !remedy().isEmpty();
    }
}
