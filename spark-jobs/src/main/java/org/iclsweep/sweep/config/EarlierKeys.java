package org.iclsweep.sweep.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.Map;
import java.util.Set;
import org.iclsweep.datasets.fault.Faults;

/**
 * Keys of earlier versions that are no longer there. A configuration that was resolved by such a version names them
 * with their defaults, and is read as it was; any other value is a fault.
 */
public final class EarlierKeys {
    /** The number of trials of a wave, now cut by estimated work. */
    public static final String WAVE_TRIALS = "sweep.execution.wave-trials";

    private static final Set<Object> DEFAULTS_OF_WAVE_TRIALS = Set.of(4096, 60, 1);

    private EarlierKeys() {}

    /**
     * The entry of a plan's identity that the key had at its default, so that ids of trials are those that they were.
     */
    public static Map<String, String> identity(String key) {
        return Map.of(key, "4096");
    }

    /** The configuration without these keys; a fault is noted for one that was not at its default. */
    static ConfigObject without(ConfigObject root, Faults faults) {
        if (!root.toConfig().hasPathOrNull(WAVE_TRIALS)) {
            return root;
        }
        ConfigValue value = root.toConfig().getValue(WAVE_TRIALS);
        if (!DEFAULTS_OF_WAVE_TRIALS.contains(value.unwrapped())) {
            faults.add(
                    HoconTree.place(value),
                    WAVE_TRIALS,
                    "expected no such key, as waves are cut by estimated work, found %s; leave it out"
                            .formatted(value.unwrapped()));
        }
        return root.toConfig().withoutPath(WAVE_TRIALS).root();
    }
}
