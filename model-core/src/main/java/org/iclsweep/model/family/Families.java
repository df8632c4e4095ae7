package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.iclsweep.datasets.fault.Fault;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.JsonSchema;
import org.iclsweep.datasets.fault.JsonTree;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Place;
import org.iclsweep.datasets.fault.Reader;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.checkpoint.Quantization;
import org.iclsweep.model.mixer.StateSpaceDuality;
import org.iclsweep.model.tensor.Nonlinearity;

/** The model types that are known. */
public final class Families {
    /** All of them, one line each. Not trained: no start is made for biases of decays, shifts, [in, out] matrices. */
    public static final List<Family> ALL = List.of(
            new Family("linear_llama", LinearLlama.class, true),
            new Family("gated_deltanet", GatedDeltaNet.class, true, GatedDeltaNet::random),
            new Family("linear_attn", LinearAttn.class, true),
            new Family("kda", Kda.class, false),
            new Family("comba", Comba.class, false),
            new Family("gated_deltaproduct", GatedDeltaProduct.class, false),
            new Family("retnet", RetNet.class, true),
            new Family("gla", Gla.class, false),
            new Family("delta_net", DeltaNet.class, true),
            new Family("hgrn", Hgrn.class, false),
            new Family("hgrn2", Hgrn2.class, false, Hgrn2::random),
            new Family("gsa", Gsa.class, false),
            new Family("transformer", FlaTransformer.class, true),
            new Family("mamba2", Mamba2.class, true, Mamba2::random),
            new Family("rwkv6", Rwkv6.class, false),
            new Family("rwkv7", Rwkv7.class, true),
            new Family("llama", Llama.class, true),
            new Family("mistral", Mistral.class, true),
            new Family("qwen2", Qwen2.class, true),
            new Family("qwen3", Qwen3.class, true, Qwen3::random),
            new Family("smollm3", SmolLm3.class, true),
            new Family("gemma3_text", Gemma3Text.class, true, Gemma3Text::random),
            new Family("gpt_oss", GptOss.class, false, GptOss::random),
            new Family("gpt2", Gpt2.class, false),
            new Family("nemotron_h", NemotronH.class, true, NemotronH::random),
            new Family("bamba", Bamba.class, true, Bamba::random),
            new Family("granitemoehybrid", GraniteMoeHybrid.class, true, GraniteMoeHybrid::random),
            new Family("falcon_h1", FalconH1.class, true, FalconH1::random),
            new Family("qwen3_next", Qwen3Next.class, false, QwenHybrid::random),
            new Family("qwen3_5_text", Qwen35.class, false, QwenHybrid::random).within("qwen3_5"),
            new Family("qwen3_5_moe_text", Qwen35Moe.class, false, QwenHybrid::random).within("qwen3_5_moe"),
            new Family("olmo_hybrid", OlmoHybrid.class, false),
            new Family("kimi_linear", KimiLinear.class, false, KimiLinear::random),
            new Family("bailing_hybrid", BailingHybrid.class, false, BailingHybrid::random),
            new Family("lfm2", Lfm2.class, false, Lfm2::random),
            new Family("lara_mini", LaraMini.class, false, LaraMini::random),
            new Family("zamba2", Zamba2.class, true, Zamba2::random),
            new Family("mamba", Mamba.class, true),
            new Family("falcon_mamba", FalconMamba.class, true),
            new Family("jamba", Jamba.class, true),
            new Family("recurrent_gemma", RecurrentGemma.class, false),
            new Family("minimax", MiniMax.class, false).alsoNamed("minimax_text_01", "minimax_m1"));

    /** The place of a configuration in memory. */
    static final Place CONFIG = Place.of("config.json");

    static final String MODEL_TYPE = "model_type";

    private static final Reader READER = new Reader()
            .with(
                    Nonlinearity.class,
                    "a nonlinearity",
                    JsonSchema.oneOf(sorted(Nonlinearity.NAMES)),
                    Families::nonlinearity)
            .with(StateSpaceDuality.Range.class, "two numbers, perhaps infinite", JsonSchema.ANY.list(), Mamba2::range);

    private Families() {}

    /** Their model types. */
    public static List<String> modelTypes() {
        return ALL.stream().map(Family::modelType).toList();
    }

    /** The family that a config.json names in {@code model_type}; a {@link ModelException} if there is none. */
    public static Family of(JsonNode config) {
        return of(JsonTree.of(config, CONFIG));
    }

    private static Family of(Located config) {
        Located type = Objects.requireNonNullElse(config.get(MODEL_TYPE), new Located(config.place(), ""));
        return ALL.stream()
                .filter(family -> family.modelTypes().contains(type.content()))
                .findFirst()
                .orElseThrow(() -> new ModelException(List.of(new Fault(
                        type.place(),
                        MODEL_TYPE,
                        "expected one of " + String.join(", ", sorted(modelTypes())) + ", found " + type.shown()))));
    }

    /** The names of the fields that a config.json of {@code family} may have, but for those that change nothing. */
    public static Set<String> fields(Family family) {
        return READER.keys(family.fields());
    }

    /** The schema of a config.json of any model type, for editors. */
    public static JsonSchema schema() {
        return JsonSchema.anyOf(ALL.stream().map(Families::schema).toList());
    }

    /** The schema of a config.json of {@code family}. */
    public static JsonSchema schema(Family family) {
        String neutral = sorted(NeutralFields.NAMES).stream().collect(Collectors.joining("|", "^(", ")$"));
        return READER.schema(family.fields())
                .titled(family.modelType())
                .property(
                        MODEL_TYPE,
                        family.otherNames().isEmpty()
                                ? JsonSchema.constant(family.modelType())
                                : JsonSchema.oneOf(family.names()))
                .requiring(MODEL_TYPE)
                .with("patternProperties", Map.of(neutral, Map.of()));
    }

    static Architecture read(Located config) {
        Faults faults = new Faults();
        Scope scope = new Scope("", config, faults);
        Set<String> others = new HashSet<>(NeutralFields.NAMES);
        others.add(Quantization.FIELD);
        Family family = of(config);
        Optional<NestedText> around =
                scope.has(NestedText.TEXT) && family.around().isPresent()
                        ? READER.read(NestedText.class, scope, others)
                        : Optional.empty();
        Scope text = around.isPresent() ? scope.in(NestedText.TEXT) : scope;
        Optional<? extends FamilyFields> fields = READER.read(family.fields(), text, others);
        refuseQuantised(fields, scope);
        if (around.isPresent()) {
            refuseQuantised(fields, text);
        }
        Optional<Architecture> architecture = fields.map(read -> read.architecture(text));
        around.ifPresent(nested -> architecture.ifPresent(read -> nested.check(read, family, scope)));
        if (!faults.isEmpty()) {
            // An architecture by several names notes a fault for each.
            throw new ModelException(faults.found().stream().distinct().toList());
        }
        return architecture.orElseThrow();
    }

    /** Notes weights that are stored as other numbers than they are, but for those that are decoded. */
    private static void refuseQuantised(Optional<? extends FamilyFields> fields, Scope scope) {
        if (!scope.has(Quantization.FIELD)) {
            return;
        }
        Scope block = scope.in(Quantization.FIELD);
        Located method = block.value().get("quant_method");
        Quantization quantization = new Quantization(method == null ? "unknown" : String.valueOf(method.content()));
        if (!quantization.isMxfp4() || !fields.map(FamilyFields::readsMxfp4).orElse(true)) {
            block.fault(
                    "quant_method",
                    "expected weights without quantisation%s, found \"%s\"; %s"
                            .formatted(
                                    fields.map(FamilyFields::readsMxfp4).orElse(false) ? ", or mxfp4" : "",
                                    quantization.method(),
                                    quantization.remedy()));
        }
    }

    private static Optional<Nonlinearity> nonlinearity(Scope scope) {
        if (scope.value().content() instanceof String name && Nonlinearity.NAMES.contains(name)) {
            return Optional.of(Nonlinearity.named(name));
        }
        scope.unexpected("one of " + String.join(", ", sorted(Nonlinearity.NAMES)));
        return Optional.empty();
    }

    private static List<String> sorted(Collection<String> names) {
        return names.stream().sorted().toList();
    }
}
