package org.iclsweep.sweep.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory of another Java process, in MiB.
 *
 * @param heap what lives on its heap, after a full collection
 * @param resident what it holds of the machine's memory, native memory included
 */
record ProcessMemory(double heap, double resident) {
    private static final double MEBIBYTE = 1 << 20;
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB");

    static ProcessMemory of(ProcessHandle process) throws IOException {
        String java = ProcessHandle.current().info().command().orElse("java");
        Process histogram = new ProcessBuilder(
                        Path.of(java).resolveSibling("jcmd").toString(),
                        Long.toString(process.pid()),
                        "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        double heap = number(TOTAL, new String(histogram.getInputStream().readAllBytes())) / MEBIBYTE;
        String status = Files.readString(Path.of("/proc", Long.toString(process.pid()), "status"));
        return new ProcessMemory(heap, number(RESIDENT, status) / 1024);
    }

    private static double number(Pattern pattern, String text) throws IOException {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IOException("no " + pattern + " in: " + text);
        }
        return Double.parseDouble(matcher.group(1));
    }
}
