package org.iclsweep.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.prompt.ReadBefore;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lines of docs/how-to/java.md, compiled and run in a process of their own. */
class JavaDocumentTest {
    private static final Path DOCUMENT = Path.of("../docs/how-to/java.md");

    private static final String CONTEXT =
            "flip a coin and tell me the result <arrow><l3>heads or tails please <arrow><l3>"
                    + "what is the capital of peru <arrow><l7>which country is paris in <arrow><l7>";

    /** Surefire's own class path has one jar, which names those of the tests. */
    private static final String CLASS_PATH =
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    @TempDir
    private static Path directory;

    private record Ended(int exit, String text) {}

    private static List<String> blocks() throws IOException {
        return Pattern.compile("(?s)```java\n(.*?)```")
                .matcher(Files.readString(DOCUMENT))
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
    }

    @BeforeAll
    static void compile() throws IOException {
        List<String> blocks = blocks();
        Path source = directory.resolve("Converting.java");
        Files.writeString(source, """
                %s
                final class Converting {
                    public static void main(String[] args) {
                        %s
                    }
                }
                """.formatted(blocks.get(1), blocks.get(0)));
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-cp", CLASS_PATH, "-d", directory.toString(), source.toString());
        assertThat(failed).isZero();
    }

    @Test
    void aContextIsConvertedInFifteenLinesOfJava() throws Exception {
        assertThat(blocks().get(0).lines()).hasSizeLessThanOrEqualTo(15);
        Path out = directory.resolve("converted");
        Ended run = run(jar -> true, "../models/text-icl", CONTEXT, "which country is berlin in <arrow>", out);
        assertThat(run.exit()).as(run.text()).isZero();
        assertThat(run.text().strip()).endsWith("<l7>");
        assertThat(ReadBefore.of(Checkpoint.open(out).config()).text()).isEqualTo(CONTEXT);
    }

    @Test
    void withoutNativeCodeTheMessageNamesTheArtefactToAdd() throws Exception {
        Ended noTorch = run(jar -> !jar.contains("pytorch-native-cpu"), "../models/text-icl", "", "", "none");
        assertThat(noTorch.exit()).isEqualTo(1);
        assertThat(noTorch.text())
                .contains("found none; add the artefact ai.djl.pytorch:pytorch-native-cpu:2.7.1 with the classifier");
        Ended noInterface = run(jar -> !jar.contains("pytorch-jni"), "../models/text-icl", "", "", "none");
        assertThat(noInterface.text()).contains("add the artefact ai.djl.pytorch:pytorch-jni:2.7.1-0.36.0");
    }

    /** Runs the compiled lines with those entries of the class path that are {@code kept}. */
    private static Ended run(Predicate<String> kept, Object... arguments) throws Exception {
        String path = Arrays.stream(CLASS_PATH.split(File.pathSeparator))
                .filter(kept)
                .collect(Collectors.joining(File.pathSeparator, directory + File.pathSeparator, ""));
        Stream<String> java = Stream.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", path, "Converting");
        ProcessBuilder builder = new ProcessBuilder(
                Stream.concat(java, Stream.of(arguments).map(Object::toString)).toList());
        builder.environment().put("DJL_OFFLINE", "true");
        builder.environment().remove("PYTORCH_LIBRARY_PATH");
        Path log = Files.createTempFile(directory, "run", ".log");
        int exit = builder.redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        return new Ended(exit, Files.readString(log));
    }
}
