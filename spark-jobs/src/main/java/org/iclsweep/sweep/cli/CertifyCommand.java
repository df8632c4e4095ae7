package org.iclsweep.sweep.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.exactness.Certificate;
import org.iclsweep.model.exactness.Certificate.Verdict;
import org.iclsweep.model.exactness.Certification;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.sweep.job.ExitCode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code certify}: a test that the conversion of a checkpoint is exact. */
@Command(
        name = "certify",
        description = "Tests whether the conversion of a checkpoint is exact; prints JSON with each assumption and the"
                + " measured errors. Exit code 0 exact, 1 not exact, 2 wrong input.",
        footer = "bin/icl-sweep certify --model models/text-icl")
final class CertifyCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ICLCA = "iclca";
    private static final String FULL_CACHE = "full-cache";

    @Mixin
    private ModelOption named = new ModelOption();

    @Option(
            names = "--contexts",
            split = ",",
            paramLabel = "N",
            description = "Lengths of the random contexts, in tokens (default 0,1,17,130,1024,4200).")
    private int @Nullable [] contexts;

    @Option(names = "--seed", defaultValue = "1", description = "Seed of the random contexts (default 1).")
    private long seed = 1;

    @Option(
            names = "--method",
            paramLabel = "METHOD",
            defaultValue = ICLCA,
            description =
                    "The conversion: iclca (default), biases of a size that does not depend on the context, or full-cache,"
                            + " with the keys and values of all tokens where a layer attends to all of them.")
    private String method = ICLCA;

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Override
    public Integer call() throws IOException {
        Checkpoint checkpoint = Checkpoint.open(named.directory());
        boolean isFullCache = isFullCache();
        Certificate certificate = isFullCache
                ? certification().certifyFullCache(checkpoint.config(), checkpoint, device.get())
                : certification().certify(checkpoint.config(), checkpoint, device.get());
        JSON.writerWithDefaultPrettyPrinter().writeValue(System.out, json(checkpoint, certificate));
        System.out.println();
        explain(certificate, isFullCache);
        notComputed(checkpoint)
                .forEach((part, tensors) -> System.err.printf(
                        "Not computed, as text does not use them: the %d tensors of %s*.%n", tensors, part));
        return (certificate.verdict() == Verdict.EXACT ? ExitCode.DONE : ExitCode.FAILED).code();
    }

    private boolean isFullCache() {
        if (!method.equals(ICLCA) && !method.equals(FULL_CACHE)) {
            throw new WrongInputException(
                    "--method: expected %s or %s, which are exact, found %s; for others see verify"
                            .formatted(ICLCA, FULL_CACHE, method));
        }
        return method.equals(FULL_CACHE);
    }

    private Certification certification() {
        int[] lengths = contexts == null ? Certification.STANDARD.contextLengths() : contexts;
        if (Arrays.stream(lengths).anyMatch(length -> length < 0)) {
            throw new WrongInputException(
                    "--contexts: expected lengths of 0 or more tokens, found " + Arrays.toString(lengths));
        }
        return new Certification(lengths, Certification.STANDARD.queryTokens(), seed);
    }

    private ObjectNode json(Checkpoint checkpoint, Certificate certificate) {
        ObjectNode json = JSON.createObjectNode()
                .put("model", named.given())
                .put("model_revision", checkpoint.revision().orElse(null))
                .put("model_type", checkpoint.modelType())
                .put("model_sha256", checkpoint.sha256())
                .put("method", method)
                .put("verdict", name(certificate.verdict()));
        ObjectNode assumptions = json.putObject("assumptions");
        for (Certificate.Checked checked : certificate.assumptions()) {
            ObjectNode one = assumptions.putObject(name(checked.assumption())).put("holds", checked.holds());
            if (checked.broken() != null) {
                one.put("why", checked.broken().why())
                        .put("instead", checked.broken().instead());
            }
        }
        SortedMap<String, Long> beside = notComputed(checkpoint);
        if (!beside.isEmpty()) {
            ObjectNode parts = json.putObject("not_computed");
            beside.forEach(parts::put);
        }
        ArrayNode errors = json.putArray("errors");
        for (Certificate.LengthErrors length : certificate.errors()) {
            ObjectNode one = errors.addObject().put("context_tokens", length.contextTokens());
            one.put("conditioning", length.conditioning());
            put(one.putObject("float64"), length.float64());
            put(one.putObject("float32"), length.float32());
        }
        ArrayNode shapes = json.putArray("alone_against_in_a_batch");
        for (Certificate.BatchShape shape : certificate.batchShapes()) {
            shapes.addObject()
                    .put("dtype", shape.dtype())
                    .put("max_rel_logit_difference", shape.maxRelative())
                    .put("same_bits", shape.sameBits());
        }
        if (certificate.size() != null) {
            json.putObject("size")
                    .put("model_parameters", certificate.size().modelParameters())
                    .put("bias_parameters", certificate.size().biasParameters())
                    .put("model_float32_bytes", certificate.size().modelBytes())
                    .put("bias_float32_bytes", certificate.size().biasBytes());
        }
        return json;
    }

    private static SortedMap<String, Long> notComputed(Checkpoint checkpoint) {
        return Architecture.of(checkpoint).besideIn(checkpoint);
    }

    private static void put(ObjectNode json, Certificate.TypeErrors errors) {
        json.put("max_abs_logit_error", errors.maxAbsolute())
                .put("max_rel_logit_error", errors.maxRelative())
                .put("explained_by_rounding", errors.explained());
    }

    private static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static void explain(Certificate certificate, boolean isFullCache) {
        for (Certificate.Checked checked : certificate.assumptions()) {
            if (checked.broken() != null && !isFullCache) {
                System.err.printf(
                        "Conversion is not exact: the assumption %s does not hold, because %s. Instead: %s; certify --method"
                                + " full-cache measures the conversion that keeps all of the context's keys and values.%n",
                        name(checked.assumption()),
                        checked.broken().why(),
                        checked.broken().instead());
            }
        }
        if (certificate.verdict() == Verdict.ILL_CONDITIONED) {
            System.err.println("The model is so ill-conditioned that rounding would hide a conversion error.");
        } else if (certificate.verdict() == Verdict.NOT_EXACT
                && certificate.assumptions().stream().allMatch(Certificate.Checked::holds)) {
            System.err.println("All assumptions hold, but the errors exceed rounding: a fault of this program or of the"
                    + " checkpoint's biases.");
        }
    }
}
