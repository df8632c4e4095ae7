package org.iclsweep.model.prompt;

import java.util.Optional;
import org.iclsweep.model.checkpoint.Checkpoint;

/** Picks the tokenizer that a checkpoint names. */
public final class Tokenizers {
    private Tokenizers() {}

    /** The checkpoint's tokenizer; empty where it has none and reads token ids or vectors. */
    public static Optional<Tokenizer> of(Checkpoint checkpoint) {
        throw new UnsupportedOperationException("tokenizer of " + checkpoint);
    }
}
