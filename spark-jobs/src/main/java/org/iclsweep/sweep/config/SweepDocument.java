package org.iclsweep.sweep.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Path;
import java.util.List;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.Scope;

/**
 * A sweep's file, loaded with the settings of the command line on top: the source that a kind of sweep reads its
 * specification from.
 *
 * @param root the whole tree
 * @param sweep the block {@code sweep}
 * @param faults the collector of every fault of the file
 */
public record SweepDocument(Path file, ConfigObject root, Section sweep, Faults faults, Environment environment) {

    /** The key of a file's JSON Schema, for editors. */
    private static final String SCHEMA = "$schema";

    /**
     * Loads a file.
     *
     * @throws org.iclsweep.datasets.fault.InputException if it cannot be parsed, or has no block {@code sweep}
     */
    public static SweepDocument load(Path file, List<String> settings, Environment environment) {
        Faults faults = new Faults();
        ConfigObject loaded = new ConfigurationSource(file, settings, environment).load(faults);
        faults.throwIfAny();
        ConfigObject root = EarlierKeys.without(loaded, faults);
        ConfigObject sweep = HoconTree.block(root, SweepConfiguration.ROOT, faults);
        return new SweepDocument(
                file,
                root,
                Section.root(new Scope(SweepConfiguration.ROOT, HoconTree.of(sweep), faults)),
                faults,
                environment.allowing(schemes(sweep)));
    }

    /**
     * The schemes that the block {@code input} adds, as far as they are texts: its faults are noted with all others.
     */
    private static List<String> schemes(ConfigObject sweep) {
        return sweep.get(SweepKeys.INPUT) instanceof ConfigObject input
                        && input.get(SweepKeys.SCHEMES) instanceof ConfigList schemes
                ? schemes.unwrapped().stream().map(String::valueOf).toList()
                : List.of();
    }

    /** Notes a fault for every block of the file beside {@code sweep} and those of {@code names}. */
    public void allowBlocks(String... names) {
        root.forEach((key, value) -> {
            if (!key.equals(SweepConfiguration.ROOT)
                    && !key.equals(SCHEMA)
                    && !List.of(names).contains(key)) {
                faults.add(
                        HoconTree.place(value),
                        key,
                        "expected the block sweep { … } alone, found " + key + "; move it into the block");
            }
        });
    }

    /** An element of a list of the block {@code sweep} as HOCON has it; an empty block where there is none. */
    public ConfigObject element(String list, int index) {
        return root.get(SweepConfiguration.ROOT) instanceof ConfigObject block
                        && block.get(list) instanceof ConfigList elements
                        && elements.get(index) instanceof ConfigObject element
                ? element
                : ConfigFactory.empty().root();
    }

    /** The tree as HOCON that reads back to the same, with the defaults of the block {@code sweep}. */
    public String rendered() {
        ConfigValue output = ConfigValueFactory.fromAnyRef(sweep.resolved().get(SweepKeys.OUTPUT));
        return root.toConfig()
                .withValue(SweepConfiguration.ROOT + "." + SweepKeys.OUTPUT, output)
                .withFallback(ConfigValueFactory.fromMap(sweep.resolved()).atKey(SweepConfiguration.ROOT))
                .root()
                .render(ConfigRenderOptions.defaults().setOriginComments(false).setJson(false));
    }
}
