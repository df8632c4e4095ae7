package org.iclsweep.sweep.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.iclsweep.datasets.fault.Fault;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.sweep.CountingServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IncludesTest {
    private static final CountingServer SERVER = CountingServer.start(200);
    private static final AtomicInteger REQUESTS = SERVER.requests();

    @TempDir
    private Path directory;

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    private record Loaded(ConfigObject root, List<String> faults) {}

    private Path write(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static Loaded load(Path file, String... settings) {
        Faults faults = new Faults();
        Environment environment = Environment.of(Map.of(), new InputFiles(List.of()));
        ConfigObject root = new ConfigurationSource(file, List.of(settings), environment).load(faults);
        return new Loaded(root, faults.found().stream().map(Fault::toString).toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "include \"parts/more.conf\"",
                "include \"parts/more\"",
                "include required(\"parts/more.conf\")",
                "include file(\"DIR/parts/more.conf\")",
                "include required(file(\"DIR/parts/more.conf\"))"
            })
    void aFileBesideTheConfigurationIsIncluded(String include) throws IOException {
        write("parts/last.json", "{\"c\": 3}");
        write("parts/more.conf", "b = 2\ninclude \"last.json\"");
        Loaded loaded = load(write("a.conf", "a = 1\n" + include.replace("DIR", directory.toString())));
        assertThat(loaded.faults()).isEmpty();
        assertThat(loaded.root().unwrapped()).isEqualTo(Map.of("a", 1, "b", 2, "c", 3));
    }

    @Test
    void aFileIsIncludedIntoABlock() throws IOException {
        write("more.conf", "x = 1, y = ${x}");
        Loaded loaded = load(write("a.conf", "a { include \"more.conf\" }"));
        assertThat(loaded.root().unwrapped()).isEqualTo(Map.of("a", Map.of("x", 1, "y", 1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "include url(\"http://127.0.0.1:PORT/x.conf\")",
                "include required(url(\"http://127.0.0.1:PORT/x.conf\"))",
                "include \"http://127.0.0.1:PORT/x.conf\"",
                "include url(\"file:/etc/hostname\")",
                "include classpath(\"reference.conf\")"
            })
    void urlsAndTheClassPathAreRefusedAndNothingIsSent(String include) throws IOException {
        String line = include.replace("PORT", Integer.toString(SERVER.port()));
        Path file = write("a.conf", "a = 1\n\n" + line);
        assertThat(load(file).faults())
                .singleElement()
                .satisfies(fault -> assertThat(fault)
                        .startsWith(file + ":3: include: expected a file, found a ")
                        .contains("copy the file beside this one"));
        load(write("b.conf", "a = 1"), "b={" + line + "}");
        assertThat(REQUESTS).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"include \"mroe.conf\"", "include required(\"mroe.conf\")", "include file(\"mroe.conf\")"})
    void aMissingFileIsAFaultWithItsLine(String include) throws IOException {
        write("more.conf", "b = 2");
        Path file = write("a.conf", "a = 1\n" + include);
        assertThat(load(file).faults())
                .singleElement()
                .satisfies(fault -> assertThat(fault)
                        .startsWith(file + ":2: include: expected a file, found no such file")
                        .contains("mroe.conf"));
    }

    @Test
    void everyFaultOfIncludesIsToldAtOnceInTheFileThatHasIt() throws IOException {
        Path more = write("more.conf", "b = 2\ninclude \"nowhere.conf\"");
        Path file = write("a.conf", "include \"more.conf\"\ninclude \"neither.conf\"\n");
        assertThat(load(file).faults())
                .hasSize(2)
                .anySatisfy(fault -> assertThat(fault).startsWith(more + ":2: "))
                .anySatisfy(fault -> assertThat(fault).startsWith(file + ":2: "));
    }

    @Test
    void aFileThatIncludesItselfIsNamed() throws IOException {
        write("b.conf", "include \"a.conf\"");
        Path file = write("a.conf", "include \"b.conf\"");
        assertThat(load(file).faults())
                .singleElement()
                .satisfies(fault -> assertThat(fault)
                        .startsWith(directory.resolve("b.conf") + ":1: ")
                        .contains("found a file that includes itself"));
    }

    @Test
    void anIncludedFileIsUtf8() throws IOException {
        Files.write(directory.resolve("more.conf"), new byte[] {'a', '=', (byte) 0xFF});
        assertThat(load(write("a.conf", "include \"more.conf\"")).faults())
                .singleElement()
                .satisfies(fault -> assertThat(fault).contains("more.conf:1: expected UTF-8"));
    }
}
