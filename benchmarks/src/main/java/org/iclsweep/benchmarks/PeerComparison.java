package org.iclsweep.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;

/**
 * A sweep's batches by its own code and by a peer, with the same weights and tokens, a thread each, in turns, after
 * their logits and margins were compared. A ratio is the peer's processor time over the sweep's.
 *
 * @param peer what computes the other side
 * @param options the peer's own settings
 */
record PeerComparison(String name, String peer, Path conf, List<String> settings, Map<String, Integer> options) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TURNS = 5;

    /** Turns that count for nothing: the machine's code is compiled meanwhile. */
    private static final int FIRST = 2;

    /** Largest difference of logits, of the largest logit: float32 in other orders of summation. */
    private static final double LOGITS = 1e-4;

    /** Largest difference of a margin, in nats. */
    private static final double MARGINS = 5e-3;

    /** The peer's prompted run. */
    private enum Prompted {
        NONE("conversion and converted run alone"),
        STATE("and the prompted run, the peer's like its converted one from a state of its own"),
        WHOLE("and the prompted run, the peer's with every prompt whole");

        private final String compared;

        Prompted(String compared) {
            this.compared = compared;
        }
    }

    /** Gives a line for each of the peer's prompted runs; every prompt whole only if asked for. A turn is a batch. */
    void run(boolean whole, Consumer<ObjectNode> found) throws IOException {
        PeerWork all = new PeerWork(conf, settings);
        PeerWork converted = new PeerWork(
                conf,
                Stream.concat(settings.stream(), Stream.of("sweep.evaluation.prompted=0"))
                        .toList());
        Path directory = Files.createTempDirectory("icl-sweep-peer");
        try (PeerProcess process = new PeerProcess(all.describe(directory, JSON.valueToTree(options)))) {
            requireSameAnswers(all, process.ask("check"));
            Map<Prompted, List<Double>> ratios = new EnumMap<>(Prompted.class);
            for (int turn = -FIRST; turn < Math.max(TURNS, all.size()); turn++) {
                int batch = Math.max(0, turn) % all.size();
                Map<Prompted, Double> ratio = turn(batch, all, converted, process, whole);
                if (turn >= 0) {
                    ratio.forEach((prompted, one) -> ratios.computeIfAbsent(prompted, key -> new ArrayList<>())
                            .add(one));
                }
            }
            ratios.forEach((prompted, samples) -> found.accept(line(prompted, samples, all, process)));
        } finally {
            FileUtils.deleteDirectory(directory.toFile());
        }
    }

    private Map<Prompted, Double> turn(int batch, PeerWork all, PeerWork converted, PeerProcess process, boolean whole)
            throws IOException {
        Map<Prompted, Double> ratios = new EnumMap<>(Prompted.class);
        double own = all.seconds(batch);
        ratios.put(Prompted.STATE, ratio(batch, Prompted.STATE, process, own));
        if (whole) {
            ratios.put(Prompted.WHOLE, ratio(batch, Prompted.WHOLE, process, own));
        }
        ratios.put(Prompted.NONE, ratio(batch, Prompted.NONE, process, converted.seconds(batch)));
        return ratios;
    }

    private double ratio(int batch, Prompted prompted, PeerProcess process, double own) throws IOException {
        String run = prompted.name().toLowerCase(Locale.ROOT);
        double other = process.seconds(batch, run);
        System.err.printf("%s, batch %d, %s: %.3g s, the peer %.3g s%n", name, batch, run, own, other);
        return other / own;
    }

    private ObjectNode line(Prompted prompted, List<Double> samples, PeerWork work, PeerProcess process) {
        double[] sorted =
                samples.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        String compared =
                Ratio.compared("%s / the sweep's batches, %d trials: %s", peer, work.trials(), prompted.compared);
        ObjectNode line =
                new Ratio("peer " + name + " " + prompted.name().toLowerCase(Locale.ROOT), compared, sorted).line();
        ((ObjectNode) line.get("environment")).setAll((ObjectNode) process.versions());
        return line;
    }

    private void requireSameAnswers(PeerWork work, JsonNode checked) {
        List<float[][]> logits = work.logits();
        double apart = 0;
        for (int batch = 0; batch < logits.size(); batch++) {
            JsonNode other = checked.get("batches").get(batch);
            apart = Math.max(apart, apart(logits.get(batch), JSON.convertValue(other.get("logits"), float[][].class)));
            apart = Math.max(
                    apart, apart(logits.get(batch), JSON.convertValue(other.get("reference"), float[][].class)));
        }
        List<double[]> margins = work.margins();
        List<Double> converted = PeerProcess.margins(checked, "converted");
        List<Double> prompted = PeerProcess.margins(checked, "prompted");
        double nats = margins.size() == converted.size() ? 0 : Double.NaN;
        for (int i = 0; i < margins.size() && !Double.isNaN(nats); i++) {
            nats = Math.max(nats, Math.abs(margins.get(i)[0] - converted.get(i)));
            nats = Math.max(nats, Math.abs(margins.get(i)[1] - prompted.get(i)));
        }
        System.err.printf(
                "%s: logits differ by %.1e of the largest, %d margins by %.1e nats%n",
                name, apart, margins.size(), nats);
        if (!(apart <= LOGITS && nats <= MARGINS)) {
            throw new IllegalStateException(name + ": expected the same answers from both");
        }
    }

    /** The largest difference over the largest value. */
    private static double apart(float[][] own, float[][] other) {
        double largest = 0;
        double apart = own.length == other.length ? 0 : Double.NaN;
        for (int row = 0; row < Math.min(own.length, other.length); row++) {
            for (int column = 0; column < own[row].length; column++) {
                largest = Math.max(largest, Math.abs(own[row][column]));
                apart = Math.max(apart, Math.abs(own[row][column] - other[row][column]));
            }
        }
        return apart / largest;
    }
}
