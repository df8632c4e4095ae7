package org.iclsweep.model.training;

import java.io.Serializable;
import org.iclsweep.datasets.fault.OneOf;

/** The source of the episodes. */
@OneOf(
        value = "kind",
        doc =
                "`vectors`: a classification of vectors; `tokens`: a task over tokens; `random-tokens`: an induction head;"
                        + " `running-text`: the next byte of a text; `texts`: tasks made of texts.")
public sealed interface Episodes extends Serializable
        permits VectorEpisodes, TokenEpisodes, InductionEpisodes, TextEpisodes, TextWindows {

    /** Episodes that need nothing but a seed. */
    interface Seeded {
        EpisodeSource source(long seed);
    }
}
