package org.iclsweep.sweep.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.iclsweep.datasets.fault.Fault;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.Place;

/**
 * HOCON's {@code include} of files beside the one that names them, and of no others: the parser's own would fetch URLs,
 * look on the class path, and pass over a file that is not there.
 */
final class Includes implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
    private static final List<String> ENDINGS = List.of("", ".conf", ".json");
    private static final String REMEDY = "; copy the file beside this one and write include \"NAME\"";

    private final Faults faults;
    private final Deque<Path> open = new ArrayDeque<>();

    /** Includes of a file, whose faults are collected. */
    Includes(Path file, Faults faults) {
        this.faults = faults;
        open.push(file);
    }

    @Override
    public ConfigIncluder withFallback(ConfigIncluder parsers) {
        return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String name) {
        if (RemoteFiles.isRemote(name)) {
            return refused(name, "a URL");
        }
        return file(context, name, name.isEmpty() ? Optional.empty() : beside(name));
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File file) {
        return file(context, file.getPath(), found(file.toPath().toAbsolutePath()));
    }

    @Override
    public ConfigObject includeURL(ConfigIncludeContext context, URL url) {
        return refused(url.toString(), "a URL");
    }

    @Override
    public ConfigObject includeResources(ConfigIncludeContext context, String name) {
        return refused(name, "a resource of the class path");
    }

    private Optional<Path> beside(String name) {
        try {
            return found(open.element().toAbsolutePath().resolveSibling(name));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static Optional<Path> found(Path file) {
        return ENDINGS.stream()
                .map(ending -> file.resolveSibling(file.getFileName() + ending).normalize())
                .filter(Files::isRegularFile)
                .findFirst();
    }

    private ConfigObject file(ConfigIncludeContext context, String name, Optional<Path> found) {
        if (found.isEmpty()) {
            return fault(name, "found no such file; correct its name, which counts from the directory of this file");
        }
        Path file = found.get();
        if (open.stream().anyMatch(one -> isSame(one, file))) {
            return fault(name, "found a file that includes itself; leave one include out");
        }
        Optional<Fault> unreadable = ConfigurationSource.unreadable(file);
        if (unreadable.isPresent()) {
            faults.add(unreadable.get());
            return ConfigFactory.empty().root();
        }
        open.push(file);
        try {
            return ConfigFactory.parseFile(
                            file.toFile(),
                            context.parseOptions().setSyntax(null).setOriginDescription(null))
                    .root();
        } finally {
            open.pop();
        }
    }

    private static boolean isSame(Path one, Path other) {
        try {
            return Files.isSameFile(one, other);
        } catch (IOException e) {
            return one.equals(other);
        }
    }

    private ConfigObject refused(String name, String found) {
        return fault(name, "found " + found + REMEDY);
    }

    private ConfigObject fault(String name, String found) {
        faults.add(place(name), "include", "expected a file, " + found + ": " + name);
        return ConfigFactory.empty().root();
    }

    /** The line of the file that is being read with the include of a name; its first where there are several. */
    private Place place(String name) {
        String file = open.element().toString();
        Pattern include = Pattern.compile("\\binclude\\b.*\"" + Pattern.quote(name) + "\"");
        try {
            List<String> all = Files.readAllLines(open.element());
            for (int i = 0; i < all.size(); i++) {
                if (include.matcher(all.get(i)).find()) {
                    return new Place(file, i + 1);
                }
            }
        } catch (IOException e) {
            // the file alone, then
        }
        return Place.of(file);
    }
}
