package org.iclsweep.model.family;

import org.iclsweep.model.family.FlaBlocks.HeadSizes;
import org.iclsweep.model.mixer.Retention;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * {@code retnet} of flash-linear-attention: retention (arXiv:2307.08621). Its blocks pass {@code use_short_conv} and
 * {@code conv_size} to nothing: there are no convolutions, whatever a configuration has there.
 */
final class RetNet implements Family {
    @Override
    public String modelType() {
        return "retnet";
    }

    @Override
    public Architecture read(ConfigurationFields fields) {
        HeadSizes sizes = HeadSizes.of(fields, 8, 1, 2);
        fields.unused("use_short_conv", "conv_size");
        Retention retention = new Retention(
                sizes.hiddenSize(),
                sizes.heads(),
                sizes.keyValueHeads(),
                sizes.key(),
                sizes.value(),
                FlaBlocks.featureMap(fields),
                FlaBlocks.output(fields));
        return FlaBlocks.of(fields, retention, ProjectionStart.KEYS_AS_QUERIES, 2);
    }
}
