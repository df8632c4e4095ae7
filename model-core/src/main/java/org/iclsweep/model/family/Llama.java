package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;

/** {@code llama}: softmax attention over all earlier tokens. */
@Block(spelling = Spelling.SNAKE)
record Llama(
        @Inline SoftmaxLlama softmax,

        @Key(doc = "Attention of each layer.", choices = "full_attention")
        Optional<List<String>> layerTypes)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        return softmax.architecture(OptionalInt.empty(), LlamaBlocks.Absent.LLAMA, scope);
    }
}
