package org.iclsweep.model.family;

import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.QwenExperts.Stored;
import org.iclsweep.model.mixer.FusedDeltaRule.Fusion;

/** {@code qwen3_5_moe}, of which the text model is computed: Qwen's hybrid blocks with a mixture of experts. */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {
            "intermediate_size",
            "mamba_ssm_dtype",
            "mlp_only_layers",
            "mtp_num_hidden_layers",
            "mtp_use_dedicated_embeddings",
            "output_router_logits",
            "router_aux_loss_coef"
        })
record Qwen35Moe(@Inline QwenHybrid blocks, @Inline QwenExperts experts) implements FamilyFields {
    private static final QwenExperts.Absent ABSENT = new QwenExperts.Absent(256, 8);

    @Override
    public Architecture architecture(Scope scope) {
        return Architecture.oneOf(Stream.of(Stored.values())
                .flatMap(stored -> Qwen35.prefixes().map(prefix -> named(prefix, stored, scope)))
                .toList());
    }

    private Architecture named(String prefix, Stored stored, Scope scope) {
        FeedForward sparse = experts.mixture(ABSENT, true, QwenExperts.GATE, blocks.activation(), stored, scope);
        return blocks.around(prefix, Fusion.BY_SIDE, 2, layer -> sparse, Qwen35.BESIDE, scope);
    }
}
