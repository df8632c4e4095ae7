package org.iclsweep.datasets.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;

/**
 * The law of a reader: an input is read, or refused by the one exception that its documentation names, in bounded time
 * and memory. Nothing else comes out, and nothing of the size that an input claims is allocated before it was checked.
 *
 * @param alphabet the bytes that mean something in this format
 * @param refusal the exception that says what is wrong with an input
 * @param mostBytes what reading one input may allocate
 */
public record Fuzz(String alphabet, Class<? extends RuntimeException> refusal, long mostBytes) {
    /** Inputs of a test: few in the build, 100,000 in the soak. */
    public static final int INPUTS = Integer.getInteger("icl.sweep.fuzz-inputs", 200);

    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final int SHOWN = 2000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Reads one input. */
    public interface Reading {
        void read(byte[] input) throws Exception;
    }

    /** Reads damaged copies of sound inputs, and says how many were read. */
    public void everyInputIsReadOrRefused(long seed, int inputs, List<byte[]> sound, Reading reading) {
        sound.forEach(
                input -> assertThat(isRead(input, reading, "a sound input")).isTrue());
        Damage damage = new Damage(sound, alphabet, seed);
        int read = 0;
        for (int i = 0; i < inputs; i++) {
            byte[] input = damage.next();
            String which = "input %d of seed %d".formatted(i, seed);
            long begun = System.nanoTime();
            Cost cost = cost(input, reading, which);
            if (cost.allocated() >= mostBytes) {
                // Once more: the first time may have loaded classes that no input before it has needed.
                cost = cost(input, reading, which);
            }
            assertThat(cost.allocated()).as("bytes allocated for %s", which).isLessThan(mostBytes);
            read += cost.read() ? 1 : 0;
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).as(which).isLessThan(LONGEST);
        }
        System.out.printf("fuzz: seed %d, %d inputs, %d read, %d refused%n", seed, inputs, read, inputs - read);
        assertThat(read).as("some damage does not matter, and some does").isBetween(1, inputs - 1);
    }

    private record Cost(boolean read, long allocated) {}

    private Cost cost(byte[] input, Reading reading, String which) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        boolean read = isRead(input, reading, which);
        return new Cost(read, THREADS.getCurrentThreadAllocatedBytes() - before);
    }

    private boolean isRead(byte[] input, Reading reading, String which) {
        try {
            reading.read(input);
            return true;
        } catch (Exception | Error e) {
            if (refusal.isInstance(e)) {
                assertThat(e).as(which).hasMessageMatching("(?s).{10,}");
                return false;
            }
            throw new AssertionError(which + ", in hexadecimal: " + shown(input), e);
        }
    }

    private static String shown(byte[] input) {
        String hex = HexFormat.of().formatHex(input);
        return hex.length() <= SHOWN ? hex : hex.substring(0, SHOWN) + "…";
    }
}
