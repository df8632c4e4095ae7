package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.iclsweep.sweep.cli.Commands.Said;
import org.iclsweep.sweep.cli.DocumentBlock.Command;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * The commands of the documents, which a reader types. Those of blocks of {@code sh} and {@code console} are run, page
 * by page, and answer as a {@code console} shows it, where … stands for anything. A block is exempt with the comment
 * {@code # not run by the tests: REASON}, a page with a sentence; such commands are still ones that the command line
 * takes.
 */
class DocumentedCommandsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Set<String> LANGUAGES =
            Set.of("sh", "console", "text", "hocon", "java", "json", "properties", "python", "sql", "xml");

    /** Programs that a block which is run may call. */
    private static final Set<String> PROGRAMS = Set.of("bin/icl-sweep", "cat", "head", "ls", "printf");

    /** Commands that are run elsewhere, by a file that has the second word. */
    private static final Map<String, List<String>> ELSEWHERE = Map.of(
            "bin/icl-sweep quickstart",
            List.of("distribution/src/test/java/org/iclsweep/distribution/ReleaseArchiveTest.java", "\"quickstart\""),
            "./mvnw verify",
            List.of(".ci/run", "./mvnw"));

    /** The beginning of a command, in a block that is not one of the shell. */
    private static final Pattern COMMAND = Pattern.compile(
            "(\\$ |[A-Z_]+=\\S+ )*(bin/icl-sweep|\\./mvnw|benchmarks/\\w|python3?|pip|hf|docker|kubectl|spark-submit|git|cat|curl|tar)\\b.*");

    private static final Pattern CODE = Pattern.compile("`bin/icl-sweep ([a-z]+)([^`]*)`");

    @TempDir
    private static Path directory;

    private static ReadersShell shell;

    static List<Path> documents() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"));
                Stream<Path> others = Stream.of(
                                "README.md",
                                "CONTRIBUTING.md",
                                "benchmarks/README.md",
                                "models/README.md",
                                "notebooks/README.md",
                                "python/README.md")
                        .map(ROOT::resolve)) {
            return Stream.concat(others, docs.sorted())
                    .filter(file -> file.toString().endsWith(".md"))
                    .map(ROOT::relativize)
                    .toList();
        }
    }

    private static List<DocumentBlock> blocks(Path document) throws IOException {
        return DocumentBlock.of(ROOT, document);
    }

    /** The documents with commands that are run. */
    static List<Path> runDocuments() throws IOException {
        List<Path> run = new ArrayList<>();
        for (Path document : documents()) {
            if (!exempt(document)
                    && blocks(document).stream().anyMatch(block -> block.isShell() && !block.isMarked())) {
                run.add(document);
            }
        }
        return run;
    }

    private static boolean exempt(Path document) throws IOException {
        return DocumentBlock.exempts(Files.readString(ROOT.resolve(document)));
    }

    @BeforeAll
    static void open() throws Exception {
        shell = ReadersShell.open(ROOT, directory);
        shell.copy(ROOT.resolve("notebooks/sample/quickstart"), "out/quickstart");
    }

    @AfterAll
    static void close() throws IOException {
        shell.close();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("runDocuments")
    void everyCommandOfADocumentEndsAsItTells(Path document) throws Exception {
        for (DocumentBlock block : blocks(document)) {
            if (block.file().isPresent()) {
                shell.write(block.file().get(), block.lines());
            }
            if (block.isShell() && !block.isMarked()) {
                for (Command command : block.commands()) {
                    run(block, command);
                }
            }
        }
    }

    private static void run(DocumentBlock block, Command command) throws Exception {
        String plain = command.text().replaceFirst("\\s+#.*$", "");
        if (ELSEWHERE.containsKey(plain)) {
            return;
        }
        assertThat(PROGRAMS)
                .as(
                        "%s: %s: a program of this list, or the comment # not run by the tests: REASON",
                        block.place(), plain)
                .contains(plain.split(" ", 2)[0]);
        Said said = shell.run(command.text());
        assertThat(said.exit())
                .as("%s: %s: %s", block.place(), plain, said.err())
                .isZero();
        if (!command.answer().isEmpty()) {
            assertThat(said.out()).as("%s: %s", block.place(), plain).matches(answer(command.answer()));
        }
    }

    /** Lines in which … stands for anything, also for lines. */
    private static Pattern answer(List<String> lines) {
        String text = String.join("\n", lines).strip();
        return Pattern.compile("\\s*"
                + Arrays.stream(text.split("…", -1)).map(Pattern::quote).collect(Collectors.joining("(?s:.*?)"))
                + "\\s*");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("documents")
    void everyBlockOfADocumentNamesItsLanguageAndCommandsAreInBlocksOfTheShell(Path document) throws IOException {
        assertThat(faults(blocks(document))).isEmpty();
    }

    private static List<String> faults(List<DocumentBlock> blocks) {
        List<String> faults = new ArrayList<>();
        for (DocumentBlock block : blocks) {
            if (!block.language().equals(DocumentBlock.INDENTED) && !LANGUAGES.contains(block.language())) {
                faults.add("%s: expected the language of the block, one of %s, found \"%s\""
                        .formatted(block.place(), LANGUAGES, block.language()));
            }
            if (!block.isShell()
                    && block.lines().stream()
                            .anyMatch(line -> COMMAND.matcher(line).matches())) {
                faults.add(block.place() + ": expected a block of sh around a command, found " + block.language());
            }
        }
        return faults;
    }

    @Test
    void aBlockWithoutALanguageAndACommandThatIsIndentedAreReported() {
        List<DocumentBlock> blocks = List.of(
                new DocumentBlock(Path.of("a.md"), 2, "", List.of("anything")),
                new DocumentBlock(Path.of("a.md"), 7, DocumentBlock.INDENTED, List.of("bin/icl-sweep status out")));
        assertThat(faults(blocks))
                .satisfiesExactly(
                        first -> assertThat(first).startsWith("a.md:2: expected the language of the block"),
                        second -> assertThat(second).startsWith("a.md:7: expected a block of sh"));
    }

    @Test
    void aCommandThatIsNeitherRunNorMarkedAndAnAnswerThatIsAnotherAreReported() {
        DocumentBlock unmarked = new DocumentBlock(Path.of("a.md"), 2, "sh", List.of("hf download some/model"));
        assertThatThrownBy(() -> run(unmarked, unmarked.commands().get(0)))
                .hasMessageContaining("a.md:2: hf download some/model: a program of this list, or the comment");
        DocumentBlock wrong = new DocumentBlock(Path.of("a.md"), 7, "console", List.of("$ printf '1 2'", "1 …3"));
        assertThatThrownBy(() -> run(wrong, wrong.commands().get(0))).hasMessageContaining("a.md:7: printf '1 2'");
    }

    @Test
    void theCommandsThatAreRunElsewhereAreThere() throws IOException {
        for (List<String> place : ELSEWHERE.values()) {
            assertThat(ROOT.resolve(place.get(0))).content().contains(place.get(1));
        }
    }

    /** Also of a command that is not run. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("documents")
    void everyCommandOfADocumentIsOneThatTheCommandLineTakes(Path document) throws Exception {
        StringBuilder script = new StringBuilder("bin/icl-sweep() { printf '%s\\0' \"$@\"; printf '\\n\\0'; }\n");
        for (DocumentBlock block : blocks(document)) {
            if (block.isShell()) {
                block.commands().stream()
                        .map(Command::text)
                        .filter(text -> text.matches("(?s)([A-Z_]+=\\S+ )*bin/icl-sweep .*"))
                        .filter(text -> !text.contains("bin/icl-sweep bench"))
                        .forEach(text -> script.append(text).append('\n'));
            }
        }
        Said said = shell.run(script.toString());
        assertThat(said.exit()).as(said.err()).isZero();
        for (String command : said.out().split("\0\n\0")) {
            if (!command.isBlank()) {
                Main.commandLine().parseArgs(command.split("\0"));
            }
        }
        Matcher code = CODE.matcher(Files.readString(ROOT.resolve(document)));
        Map<String, CommandLine> commands = Main.commandLine().getSubcommands();
        while (code.find()) {
            if (!code.group(1).equals("bench")) {
                assertThat(commands).as(code.group()).containsKey(code.group(1));
                assertThat(Stream.of(code.group(2).split("[\\s\\[\\]=|]+")).filter(word -> word.startsWith("--")))
                        .as(code.group())
                        .isSubsetOf(commands.get(code.group(1))
                                .getCommandSpec()
                                .optionsMap()
                                .keySet());
            }
        }
    }
}
