package org.iclsweep.sweep.cli;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.iclsweep.model.checkpoint.HubCache;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.exactness.Verification;
import org.iclsweep.sweep.cli.VerifiedPrompts.Line;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The command {@code verify}: prompted and converted logits of prompts from a file, one at a time, or one trial of a
 * sweep repeated; without Spark.
 */
@Command(
        name = "verify",
        description =
                "Compares prompted and converted logits of prompts from a file, or repeats one trial of a sweep and"
                        + " compares it with its rows; without Spark.",
        footer = "bin/icl-sweep verify --model models/induction --input prompts.jsonl --max-error 1e-4")
final class VerifyCommand implements Callable<Integer> {
    @Option(names = "--model", paramLabel = ModelOption.LABEL, description = ModelOption.DESCRIPTION)
    private @Nullable String named;

    @Option(
            names = "--input",
            paramLabel = "FILE.jsonl",
            description = "One object per line: id, context and query as arrays of token ids, or context_text and"
                    + " query_text.")
    private @Nullable Path input;

    @Mixin
    private ArithmeticOptions arithmetic = new ArithmeticOptions();

    @Mixin
    private MethodOptions method = new MethodOptions();

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "The file for the results (default: standard output).")
    private @Nullable Path output;

    @Option(
            names = "--max-error",
            paramLabel = "X",
            description = "Exit with 1 if an absolute error is larger than X, or not finite.")
    private @Nullable Double maxError;

    @Option(
            names = "--expected",
            description =
                    "Lines also have logits [query tokens][vocabulary] that another program computed from its cached"
                            + " state, and optionally states, a safetensors file of that state: report where they depart from the"
                            + " prompted run.")
    private boolean expected;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            defaultValue = "1e-4",
            description = "With --expected: exit with 1 if a relative difference is larger than X (default 1e-4).")
    private double tolerance = 1e-4;

    @Option(names = "--trial", paramLabel = "ID", description = "A trial_id of the sweep in --sweep.")
    private @Nullable String trial;

    @Option(names = "--sweep", paramLabel = "DIR", description = "The sweep's directory (with --trial).")
    private @Nullable Path sweep;

    @Option(
            names = "--rerun-crash",
            description =
                    "With --trial: run the trial although it is recorded as NATIVE_CRASH and may take this process"
                            + " down.")
    private boolean rerunCrash;

    /** The largest conversion error, NaN if one is not finite, and the number of lines that depart. */
    private record Findings(double largest, int departing) {
        Findings and(double error, boolean departs) {
            boolean finite = Double.isFinite(error) && Double.isFinite(largest);
            return new Findings(finite ? Math.max(largest, error) : Double.NaN, departing + (departs ? 1 : 0));
        }
    }

    @Override
    public Integer call() throws IOException, SQLException {
        if (trial != null && sweep != null) {
            return new TrialVerification(sweep, trial, rerunCrash).run();
        }
        if (named == null || input == null) {
            throw new WrongInputException(
                    "expected --model MODEL and --input FILE.jsonl, or --trial ID and --sweep DIR");
        }
        return verify(HubCache.locate(named), input);
    }

    private int verify(Path modelDirectory, Path input) throws IOException {
        if (output != null
                && !Files.isDirectory(
                        Objects.requireNonNull(output.toAbsolutePath().getParent()))) {
            throw new WrongInputException(
                    "--output: expected a file in a directory that exists, found " + output + "; make the directory");
        }
        try (ModelOnDisk model = arithmetic.open(modelDirectory)) {
            ConversionMethod conversion = method.of(model.model().layout(), modelDirectory);
            // A fault in the last line is found before anything is computed or written.
            List<Line> lines = new VerifiedPrompts(input, model, expected).read();
            Verification verification = new Verification(model.model(), conversion);
            Findings findings =
                    output == null ? write(System.out, lines, verification) : writeTo(output, lines, verification);
            boolean exceeded = maxError != null && !(findings.largest() <= maxError);
            if (exceeded) {
                System.err.printf(
                        Locale.ROOT,
                        "The largest absolute error is %s, more than --max-error %s.%n",
                        findings.largest(),
                        maxError);
            }
            if (expected) {
                System.err.printf("%d of %d lines depart from the prompted run.%n", findings.departing(), lines.size());
            }
            return exceeded || findings.departing() > 0 ? 1 : 0;
        }
    }

    private Findings writeTo(Path file, List<Line> lines, Verification verification) throws IOException {
        try (OutputStream stream = Files.newOutputStream(file)) {
            return write(stream, lines, verification);
        }
    }

    /** Writes one line for each prompt. */
    private Findings write(OutputStream stream, List<Line> lines, Verification verification) throws IOException {
        Findings findings = new Findings(0, 0);
        try (VerificationLines written =
                new VerificationLines(stream, verification.model().type())) {
            for (Line line : lines) {
                try (NDManager scope = verification.model().newBatch()) {
                    Verification.Result result = verification.verify(scope, line.context(), line.query());
                    ReferenceLogits.Departure departure = line.expected() == null
                            ? null
                            : line.expected()
                                    .from(result.prompted(), result.state().tensorsOf(0), "id " + line.id());
                    boolean departs = departure != null && !departure.isWithin(tolerance);
                    findings = findings.and(result.difference().maxAbsolute(), departs);
                    written.write(line.id(), result, departure);
                    if (departure != null && departs) {
                        explain(line.id(), departure);
                    }
                }
            }
        }
        return findings;
    }

    private void explain(JsonNode id, ReferenceLogits.Departure departure) {
        ReferenceLogits.StateDifference first = departure.first(tolerance);
        String states = departure.states().isEmpty()
                ? ""
                : first == null
                        ? "; the states are within the tolerance"
                        : String.format(
                                Locale.ROOT,
                                "; the first state that differs is %s, by %.1e of its norm",
                                first.tensor(),
                                first.relative());
        System.err.printf(
                Locale.ROOT,
                "id %s departs: the logits differ by %.1e of the prompted logits' norm, most at query token %d%s%n",
                id,
                departure.logits().maxRelative(),
                departure.logits().worstRow(),
                states);
    }
}
