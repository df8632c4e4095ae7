package org.iclsweep.sweep.config;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.iclsweep.datasets.fault.Credentials;

/**
 * The schemes of the URIs that inputs and outputs may have. Nothing is asked of a file system with another one.
 *
 * @param allowed in lower case
 */
public record UriSchemes(Set<String> allowed) {
    /** The environment variable with more schemes, separated by commas, for every command. */
    public static final String VARIABLE = "ICL_SWEEP_SCHEMES";

    /** The schemes that are always allowed: this machine, HDFS and S3. */
    public static final UriSchemes STANDARD = new UriSchemes(new LinkedHashSet<>(List.of("file", "hdfs", "s3a")));

    public UriSchemes {
        allowed = Set.copyOf(allowed);
    }

    /** The standard schemes, and those that the environment names. */
    public static UriSchemes of(Map<String, String> variables) {
        return STANDARD.and(Arrays.asList(variables.getOrDefault(VARIABLE, "").split(",")));
    }

    /** These and others. */
    UriSchemes and(List<String> others) {
        LinkedHashSet<String> all = new LinkedHashSet<>(allowed);
        others.stream()
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .map(UriSchemes::lower)
                .forEach(all::add);
        return new UriSchemes(all);
    }

    /** The fault of a path as a URI that is not to be opened; empty for any other path. */
    public Optional<String> fault(String path) {
        if (!RemoteFiles.isRemote(path)) {
            return Optional.empty();
        }
        if (Credentials.isIn(path)) {
            return Optional.of(
                    "expected a URI without credentials, found \"%s\"; give them as settings of Hadoop in a file of Spark's properties that only you can read (docs/how-to/cluster.md)"
                            .formatted(Credentials.removed(path)));
        }
        String scheme = lower(path.substring(0, path.indexOf("://")));
        return allowed.contains(scheme)
                ? Optional.empty()
                : Optional.of(
                        "expected a path, or a URI of %s, found %s://; sweep.input.schemes = [%3$s] allows it, and %4$s=%3$s for all commands"
                                .formatted(
                                        String.join(
                                                ", ", allowed.stream().sorted().toList()),
                                        scheme,
                                        scheme,
                                        VARIABLE));
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
