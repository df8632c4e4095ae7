package org.iclsweep.model.family;

import java.util.OptionalDouble;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;

/** {@code falcon_mamba} (arXiv:2410.05355): Mamba with norms of δ, B and C that have no weights. */
@Block(spelling = Spelling.SNAKE)
record FalconMamba(
        @Inline Mamba mamba,

        @Key(doc = "ε of the norms of δ, B and C.", from = 0, otherwise = "1e-6")
        double mixerRmsEps)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        return mamba.architecture(OptionalDouble.of(mixerRmsEps));
    }
}
