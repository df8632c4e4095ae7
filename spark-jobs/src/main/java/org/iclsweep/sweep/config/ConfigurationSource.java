package org.iclsweep.sweep.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.iclsweep.datasets.fault.Fault;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.Place;
import org.jspecify.annotations.Nullable;

/** A file, the settings of the command line on top of it, and the variables {@code ${data}} and {@code ${run}}. */
public record ConfigurationSource(Path file, List<String> settings, Environment environment) {
    private static final String DATA = "data";
    private static final String RUN = "run";
    private static final String VALUE = "value";
    /** In bytes. A longer file is no configuration, and the parser's time and stack grow with it. */
    private static final long LONGEST = 1 << 20;

    /** The whole tree; an empty one after faults have been noted. */
    public ConfigObject load(Faults faults) {
        if (!Files.isRegularFile(file)) {
            faults.add(fault("expected a configuration, found no such file"));
            return ConfigFactory.empty().root();
        }
        Optional<Fault> unreadable = unreadable(file);
        if (unreadable.isPresent()) {
            faults.add(unreadable.get());
            return ConfigFactory.empty().root();
        }
        try {
            int before = faults.count();
            Config tree = ConfigFactory.parseFile(
                    file.toFile(),
                    ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF).setIncluder(new Includes(file, faults)));
            if (faults.count() > before) {
                return ConfigFactory.empty().root();
            }
            for (String setting : settings) {
                tree = override(setting, tree, faults);
            }
            return resolve(tree);
        } catch (ConfigException.UnresolvedSubstitution e) {
            faults.add(new Fault(place(e), "", unresolved(e)));
        } catch (ConfigException e) {
            faults.add(new Fault(place(e), "", String.valueOf(e.getMessage())));
        } catch (StackOverflowError e) {
            faults.add(fault("expected a configuration, found blocks, lists or substitutions nested too deeply"));
        } catch (OutOfMemoryError e) {
            faults.add(fault("expected a configuration, found substitutions that grow beyond all memory"));
        }
        return ConfigFactory.empty().root();
    }

    /**
     * Faults that the parser would not notice: it takes a file of any length, and puts U+FFFD for what is not UTF-8.
     */
    static Optional<Fault> unreadable(Path file) {
        try {
            long length = Files.size(file);
            if (length > LONGEST) {
                String problem = "expected a configuration of at most %s bytes, found %s; give the right file"
                        .formatted(LONGEST, length);
                return Optional.of(fault(file, problem));
            }
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
            CharBuffer text = CharBuffer.allocate(bytes.capacity());
            if (StandardCharsets.UTF_8.newDecoder().decode(bytes, text, true).isError()) {
                long line = 1 + text.flip().chars().filter(c -> c == '\n').count();
                String problem = String.format(
                        Locale.ROOT,
                        "expected UTF-8, found the byte 0x%02X; save the file as UTF-8",
                        bytes.get(bytes.position()));
                return Optional.of(new Fault(new Place(file.toString(), (int) line), "", problem));
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(fault(file, "expected a file that can be read, found an error: " + e));
        }
    }

    /**
     * The fault of a text that no file can be called: with a NUL, or a character outside of this machine's encoding.
     */
    public static Fault ofFileName(Path configuration, InvalidPathException e) {
        String name = e.getInput().replace("\0", "\\u0000");
        return new Fault(
                Place.of(configuration.toString()),
                "",
                "expected the name of a file, found \"%s\": %s%s".formatted(name, e.getReason(), remedy(e)));
    }

    private static String remedy(InvalidPathException e) {
        String remedy = e.getInput().indexOf('\0') < 0 ? SystemCharset.remedy() : "";
        return remedy.isEmpty() ? "" : "; " + remedy;
    }

    private Fault fault(String problem) {
        return fault(file, problem);
    }

    private static Fault fault(Path file, String problem) {
        return new Fault(Place.of(file.toString()), "", problem);
    }

    private ConfigObject resolve(Config tree) {
        Config variables = environment
                .data()
                .map(data -> ConfigFactory.parseMap(Map.of(DATA, data), Environment.DATA_VARIABLE))
                .orElse(ConfigFactory.empty())
                .withFallback(ConfigFactory.parseMap(Map.of(RUN, environment.run()), LogicalDate.VARIABLE));
        ConfigResolveOptions noOtherVariables = ConfigResolveOptions.defaults().setUseSystemEnvironment(false);
        ConfigObject resolved =
                tree.withFallback(variables).resolve(noOtherVariables).root();
        for (String variable : List.of(DATA, RUN)) {
            resolved = tree.root().containsKey(variable) ? resolved : resolved.withoutKey(variable);
        }
        return resolved.withOrigin(ConfigOriginFactory.newFile(file.toString()));
    }

    private static Config override(String setting, Config tree, Faults faults) {
        String where = "--set " + setting;
        int equals = setting.indexOf('=');
        if (equals < 1) {
            faults.add(new Fault(
                    Place.of(where),
                    "--set",
                    "expected KEY=VALUE, found no key; write one as sweep.output=/tmp/sweep"));
            return tree;
        }
        String key = setting.substring(0, equals).strip();
        try {
            List<String> path = ConfigUtil.splitPath(key);
            ConfigValue value = value(setting.substring(equals + 1), where);
            for (int i = path.size() - 1; i >= 0; i--) { // not Config.atPath, which forgets where
                value = ConfigValueFactory.fromMap(Map.of(path.get(i), value), where);
            }
            return ((ConfigObject) value).toConfig().withFallback(tree);
        } catch (ConfigException.BadPath e) {
            faults.add(new Fault(Place.of(where), key, "expected a path of keys, found: " + e.getMessage()));
            return tree;
        }
    }

    /** The text as HOCON, or as plain text where that fails, would cut off a comment, or includes what it may not. */
    private static ConfigValue value(String text, String where) {
        ConfigValue plain = ConfigValueFactory.fromAnyRef(text, where);
        Faults none = new Faults();
        try {
            ConfigObject parsed = ConfigFactory.parseString(
                            VALUE + " = " + text,
                            ConfigParseOptions.defaults()
                                    .setOriginDescription(where)
                                    .setIncluder(new Includes(Path.of(""), none)))
                    .root();
            @Nullable ConfigValue value = parsed.get(VALUE);
            if (value == null || parsed.size() != 1 || cutsComment(text, value) || !none.isEmpty()) {
                return plain;
            }
            return value;
        } catch (ConfigException e) {
            return plain;
        }
    }

    private static boolean cutsComment(String text, ConfigValue value) {
        boolean bare = !text.strip().startsWith("\"") && (text.contains("#") || text.contains("//"));
        return bare && value.valueType() != ConfigValueType.LIST && value.valueType() != ConfigValueType.OBJECT;
    }

    private String unresolved(ConfigException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("${" + DATA + "}")
                ? "expected a value of ${data}, found none; set the environment variable " + Environment.DATA_VARIABLE
                        + " to the directory of the data sets (docs/reference/datasets.md)"
                : message;
    }

    private Place place(ConfigException e) {
        return e.origin() == null ? Place.of(file.toString()) : HoconTree.place(e.origin());
    }
}
