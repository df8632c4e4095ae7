package org.iclsweep.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Class names, member names, file names and links in the documents, each of which exists. */
class DocumentsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    /** A block comment, or lines of comment. */
    private static final Pattern COMMENT = Pattern.compile("(?s)/\\*\\*.*?\\*/|//[^\\n]*(\\n\\s*//[^\\n]*)*");

    private static final Pattern QUESTION = Pattern.compile("(/\\*\\*|^//|[.:;!?])\\s+(What|How|Whether)\\b[^?]*$");
    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");

    /** {@code Class}, {@code package/Class}, {@code Class.member} or, after one of these, {@code .member}. */
    private static final Pattern NAME = Pattern.compile("((?:[a-z]+/)*)([A-Z]\\w*[a-z]\\w*)?(?:\\.(\\w+))?");

    private static final Pattern FILE =
            Pattern.compile("(?:benchmarks|bin|conf|datasets|docs|model-core|models|notebooks|spark-jobs)/[\\w./-]+");

    /** Files that a build, a benchmark or a sweep writes. */
    private static final Pattern BUILT = Pattern.compile("/target/|^benchmarks/results/");

    /** The sources by the path of the class, from its package under {@code org/iclsweep} to its name. */
    private static final Map<String, String> SOURCES = sources();

    private static final String ALL_SOURCES = String.join("\n", SOURCES.values());

    static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>(List.of(
                ROOT.resolve("README.md"),
                ROOT.resolve("CONTRIBUTING.md"),
                ROOT.resolve("CHANGELOG.md"),
                ROOT.resolve("models/README.md"),
                ROOT.resolve("notebooks/README.md"),
                ROOT.resolve("python/README.md"),
                ROOT.resolve("benchmarks/README.md")));
        documents.addAll(files(ROOT.resolve("docs"), ".md"));
        return documents.stream().map(ROOT::relativize).toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("documents")
    void everyNameInADocumentIsOneOfTheSources(Path document) throws IOException {
        assertThat(unknownNames(document, Files.readAllLines(ROOT.resolve(document))))
                .isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("documents")
    void everyLinkOfADocumentHasATarget(Path document) throws IOException {
        assertThat(brokenLinks(document, Files.readAllLines(ROOT.resolve(document))))
                .isEmpty();
    }

    /** The project's own sentences begin with their subject. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"datasets", "model-core", "spark-jobs", "benchmarks"})
    void noCommentBeginsASentenceWithAQuestionWord(String module) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path source : files(ROOT.resolve(module + "/src"), ".java")) {
            Matcher comment = COMMENT.matcher(Files.readString(source));
            while (comment.find()) {
                String text = comment.group().replaceAll("\\s*\\n\\s*(\\*|//)?\\s*", " ");
                Matcher sentence = QUESTION.matcher(text);
                if (sentence.find()) {
                    found.add(source.getFileName() + ": " + text.substring(sentence.start()));
                }
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void aNameThatIsGoneIsReportedWithItsLineAndTheNearestClass() {
        List<String> lines = List.of(
                "`LocalSparks` of `sweep/LocalSpark` and `wrong/LocalSpark`",
                "`LocalSpark.builder`, `.gone`",
                "    `InAnExample`",
                "`conf/sweeps/quickstart.conf` and `conf/sweeps/gone.conf`");
        assertThat(unknownNames(Path.of("a.md"), lines))
                .containsExactly(
                        "a.md:1: LocalSparks: no such name in the sources; the nearest class is sweep/LocalSpark",
                        "a.md:1: wrong/LocalSpark: no such class; the nearest is sweep/LocalSpark",
                        "a.md:2: .gone: no such member of LocalSpark",
                        "a.md:4: conf/sweeps/gone.conf: no such file");
    }

    @Test
    void aLinkToNowhereIsReportedWithItsLine() {
        List<String> lines = List.of(
                "[a](docs/how-to/cluster.md#gpus) [b](docs/how-to/cluster.md#no-such-heading)",
                "[c](https://example.org/) [d](docs/nowhere.md)");
        assertThat(brokenLinks(Path.of("README.md"), lines))
                .containsExactly(
                        "README.md:1: docs/how-to/cluster.md#no-such-heading: no such heading",
                        "README.md:2: docs/nowhere.md: no such file");
    }

    private static List<String> unknownNames(Path document, List<String> lines) {
        List<String> faults = new ArrayList<>();
        for (Line line : prose(lines)) {
            String before = "";
            Matcher code = CODE.matcher(line.text());
            while (code.find()) {
                String token = code.group(1);
                Matcher name = NAME.matcher(token);
                boolean file = FILE.matcher(token).matches();
                if (file
                        && (Files.exists(ROOT.resolve(token))
                                || BUILT.matcher(token).find())) {
                    continue;
                }
                if (name.matches()) {
                    before = name.group(2) == null ? before : name.group(1) + name.group(2);
                    fault(before, name.group(3))
                            .map(fault -> "%s:%d: %s: %s".formatted(document, line.number(), token, fault))
                            .forEach(faults::add);
                } else if (file) {
                    faults.add("%s:%d: %s: no such file".formatted(document, line.number(), token));
                }
            }
        }
        return faults;
    }

    /**
     * The faults of {@code type}, a class with or without its package, and of its {@code member}, null where none is
     * named.
     */
    private static Stream<String> fault(String type, @Nullable String member) {
        List<String> found = SOURCES.keySet().stream()
                .filter(path -> path.equals(type) || path.endsWith("/" + type))
                .toList();
        if (found.isEmpty() && type.contains("/")) {
            return Stream.of("no such class; the nearest is " + nearest(type));
        }
        if (found.isEmpty()) {
            // A class of a library, or a nested class, occurs in some source.
            return type.isEmpty() || word(type, ALL_SOURCES)
                    ? Stream.empty()
                    : Stream.of("no such name in the sources; the nearest class is " + nearest(type));
        }
        return member == null || found.stream().anyMatch(path -> word(member, SOURCES.getOrDefault(path, "")))
                ? Stream.empty()
                : Stream.of("no such member of " + type);
    }

    private static boolean word(String word, String text) {
        return Pattern.compile("\\b" + word + "\\b").matcher(text).find();
    }

    private static String nearest(String type) {
        String simple = type.substring(type.lastIndexOf('/') + 1);
        return SOURCES.keySet().stream()
                .min(Comparator.comparingInt((String path) -> LevenshteinDistance.getDefaultInstance()
                                .apply(path.substring(path.lastIndexOf('/') + 1), simple))
                        .thenComparing(Comparator.naturalOrder()))
                .orElseThrow();
    }

    private static List<String> brokenLinks(Path document, List<String> lines) {
        List<String> faults = new ArrayList<>();
        for (Line line : prose(lines)) {
            Matcher link = LINK.matcher(line.text());
            while (link.find()) {
                String target = link.group(1);
                if (!target.matches("[a-z]+:.*")) {
                    String[] parts = target.split("#", 2);
                    Path file = parts[0].isEmpty()
                            ? ROOT.resolve(document)
                            : ROOT.resolve(document).resolveSibling(parts[0]);
                    if (Files.notExists(file)) {
                        faults.add("%s:%d: %s: no such file".formatted(document, line.number(), target));
                    } else if (parts.length == 2 && !anchors(file).contains(parts[1])) {
                        faults.add("%s:%d: %s: no such heading".formatted(document, line.number(), target));
                    }
                }
            }
        }
        return faults;
    }

    /** The anchors of a document's headings, as GitHub makes them. */
    private static List<String> anchors(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith("#"))
                    .map(line -> line.replaceFirst("^#+ ", "")
                            .toLowerCase(Locale.ROOT)
                            .replaceAll("[^\\p{L}\\p{N} _-]", "")
                            .replace(' ', '-'))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Line(int number, String text) {}

    /** The numbered lines outside of examples, which are fenced or indented. */
    private static List<Line> prose(List<String> lines) {
        List<Line> prose = new ArrayList<>();
        boolean fenced = false;
        for (int i = 0; i < lines.size(); i++) {
            boolean fence = lines.get(i).startsWith("```");
            fenced ^= fence;
            if (!fence && !fenced && !lines.get(i).startsWith("    ")) {
                prose.add(new Line(i + 1, lines.get(i)));
            }
        }
        return prose;
    }

    private static Map<String, String> sources() {
        Map<String, String> sources = new HashMap<>();
        for (String module : List.of("datasets", "model-core", "spark-jobs", "benchmarks")) {
            for (Path file : files(ROOT.resolve(module).resolve("src"), ".java")) {
                String path = file.toString();
                int start = path.indexOf("org/iclsweep/") + "org/iclsweep/".length();
                String name = path.substring(start, path.length() - ".java".length());
                // Without the names that this test makes up.
                sources.put(name, name.endsWith("/DocumentsTest") ? "" : text(file));
            }
        }
        return sources;
    }

    private static List<Path> files(Path directory, String suffix) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .collect(Collectors.toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
