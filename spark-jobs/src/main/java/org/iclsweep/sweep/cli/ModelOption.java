package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import org.iclsweep.model.checkpoint.HubCache;
import picocli.CommandLine.Option;

/** The option {@code --model}: a checkpoint's directory, or the name of a model in the hub's local cache. */
final class ModelOption {
    static final String LABEL = "MODEL";
    static final String DESCRIPTION =
            "The checkpoint's directory, or hf:ORG/NAME[@REVISION] for a model in the local cache"
                    + " of the Hugging Face hub; nothing is downloaded.";

    @Option(names = "--model", required = true, paramLabel = LABEL, description = DESCRIPTION)
    private String given = "";

    /** The model as the user named it. */
    String given() {
        return given;
    }

    /** Its directory; a {@link org.iclsweep.model.checkpoint.CheckpointException} where the cache does not have it. */
    Path directory() {
        return HubCache.locate(given);
    }
}
