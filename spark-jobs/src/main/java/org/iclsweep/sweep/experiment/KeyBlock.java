package org.iclsweep.sweep.experiment;

import java.util.List;
import org.iclsweep.sweep.config.Key;

/**
 * The keys of one block of a configuration, for its documentation.
 *
 * @param path the full path of the block
 */
public record KeyBlock(String path, List<Key<?>> keys) {
    public KeyBlock {
        keys = List.copyOf(keys);
    }
}
