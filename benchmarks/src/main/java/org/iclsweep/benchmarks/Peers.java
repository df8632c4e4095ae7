package org.iclsweep.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A sweep's work by its own code and by the same model in PyTorch: {@code bin/icl-sweep bench peers [NAME…] [--model
 * DIR] [--whole-prompts]}.
 */
public final class Peers {
    private static final Path CONFIGURATIONS = Path.of("benchmarks", "peers");
    private static final String DELTA_RULE = "PyTorch with transformers' torch_chunk_gated_delta_rule";

    private Peers() {}

    /** The sweeps, each with the settings of its peer that were fastest where it was tried. */
    private static List<PeerComparison> all() {
        return List.of(
                new PeerComparison(
                        "linear-512",
                        "chunked linear attention in PyTorch",
                        CONFIGURATIONS.resolve("linear-512.conf"),
                        List.of(),
                        Map.of("chunk", 64, "block", 2048)),
                new PeerComparison(
                        "gated-delta-512",
                        DELTA_RULE,
                        CONFIGURATIONS.resolve("gated-delta-512.conf"),
                        List.of(),
                        Map.of("chunk", 32, "block", 2048)),
                new PeerComparison(
                        "text",
                        DELTA_RULE,
                        Path.of("conf", "sweeps", "text.conf"),
                        List.of("sweep.demonstrations.sets-per-task=4", "sweep.evaluation.audit.fraction=0"),
                        Map.of("chunk", 64, "block", 2048)));
    }

    /** The same of a softmax model that is trained: {@code model} is its directory. */
    private static PeerComparison sst2(String model) {
        return new PeerComparison(
                "sst2",
                "transformers, queries batched on a DynamicCache",
                CONFIGURATIONS.resolve("sst2.conf"),
                List.of("sweep.models=[{name=model,path=\"%s\",dtypes=[float32]}]".formatted(model)),
                Map.of("rows", 9));
    }

    /**
     * {@code args}: the names of sweeps, all by default; {@code --model DIR}: the model of sst2, which is left out
     * without it; {@code --whole-prompts}: besides, the peer's prompted run with every prompt whole.
     */
    public static void main(String[] args) throws IOException {
        List<String> names = new ArrayList<>(List.of(args));
        boolean whole = names.remove("--whole-prompts");
        Map<String, PeerComparison> known = new LinkedHashMap<>();
        all().forEach(one -> known.put(one.name(), one));
        int model = names.indexOf("--model");
        if (model >= 0 && model + 1 < names.size()) {
            names.remove(model);
            known.put("sst2", sst2(names.remove(model)));
        }
        if (!known.keySet().containsAll(names)) {
            System.err.println(String.join(", ", names) + ": expected some of " + String.join(", ", known.keySet())
                    + (model < 0 ? "; sst2 needs --model DIR" : ""));
            System.exit(2);
        }
        for (PeerComparison one : known.values()) {
            if (names.isEmpty() || names.contains(one.name())) {
                one.run(whole, System.out::println);
            }
        }
    }
}
