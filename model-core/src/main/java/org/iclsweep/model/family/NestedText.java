package org.iclsweep.model.family;

import java.util.Optional;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;

/** The config.json of a model that reads images too: the text model's is a block of it, and all that is computed. */
@Block(spelling = Spelling.SNAKE)
record NestedText(
        @Key(doc = "The configuration of the text model.") Located textConfig,

        @Key(doc = "That of the part that reads images.") Optional<Located> visionConfig,

        @Key(doc = "The head is the embedding, as in text_config.")
        Optional<Boolean> tieWordEmbeddings,

        @Key(doc = "The token in the place of a part of an image.")
        OptionalInt imageTokenId,

        @Key(doc = "The token in the place of a part of a video.")
        OptionalInt videoTokenId,

        @Key(doc = "The token before an image.") OptionalInt visionStartTokenId,
        @Key(doc = "The token after an image.") OptionalInt visionEndTokenId) {
    static final String TEXT = "text_config";

    /** Notes faults of what the text model's configuration and that around it have in common. */
    void check(Architecture text, Family family, Scope around) {
        Scope nested = around.in(TEXT);
        Scope type = nested.in(Families.MODEL_TYPE);
        if (nested.has(Families.MODEL_TYPE)
                && !String.valueOf(type.value().content()).equals(family.modelType())) {
            type.unexpected(family.modelType());
        }
        boolean tied = text.dimensions().tied();
        if (tieWordEmbeddings.orElse(tied) != tied) {
            around.in("tie_word_embeddings").unexpected(tied + ", as in " + TEXT);
        }
    }
}
