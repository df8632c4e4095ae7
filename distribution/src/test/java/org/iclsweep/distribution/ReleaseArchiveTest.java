package org.iclsweep.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archives of a release as a user has them: unpacked, without Maven, without sources. */
class ReleaseArchiveTest {
    /** The name of the archives up to their kind; also that of the directory in them. */
    private static final Path ARCHIVE = Path.of(System.getProperty("icl.sweep.archive"));

    private static final String CONFIGURATION = "conf/sweeps/quickstart.conf";

    @TempDir
    private static Path temporary;

    private static Path complete = Path.of("");
    private static Path cluster = Path.of("");
    /** An installation of Spark, as far as the launcher looks: a directory with jars/. */
    private static Path spark = Path.of("");

    private record Ended(int exit, String text) {}

    @BeforeAll
    static void unpack() throws Exception {
        complete = unpacked("complete");
        cluster = unpacked("cluster");
        spark = Files.createDirectory(temporary.resolve("a spark"));
        Files.createSymbolicLink(spark.resolve("jars"), complete.resolve("spark"));
    }

    private static Path unpacked(String kind) throws Exception {
        Path directory = Files.createDirectory(temporary.resolve("a directory, " + kind));
        Ended tar = run(directory, Map.of(), "tar", "-xzf", ARCHIVE + "-" + kind + ".tar.gz");
        assertThat(tar.exit()).as(tar.text()).isZero();
        return directory.resolve(ARCHIVE.getFileName());
    }

    @Test
    void theQuickstartRunsInADirectoryWithASpaceAndWritesNothingBesideItsOutput() throws Exception {
        Path elsewhere = Files.createDirectory(temporary.resolve("work here"));
        Ended quickstart = run(elsewhere, Map.of(), complete.resolve("bin/icl-sweep"), "quickstart");
        assertThat(quickstart.exit()).as(quickstart.text()).isZero();
        assertThat(quickstart.text())
                .containsPattern("clusters-icl +float64 +iclca +gaussian-clusters +16 +50")
                .containsPattern("induction +float32 +iclca +induction +1 +50")
                .containsPattern("text-icl +float64 +iclca +everyday +8 +50");
        assertThat(elsewhere.resolve("out/quickstart/trials")).isDirectory();
        assertThat(elsewhere).isDirectoryContaining(path -> path.endsWith("out"));
        assertThatNothingWasChanged(complete);
    }

    @Test
    void theArchiveForClustersTakesSparkFromItsInstallation() throws Exception {
        assertThat(cluster.resolve("spark")).doesNotExist();
        Ended plan = run(
                temporary,
                Map.of("SPARK_HOME", spark.toString()),
                cluster.resolve("bin/icl-sweep"),
                "plan",
                cluster.resolve(CONFIGURATION));
        assertThat(plan.exit()).as(plan.text()).isZero();
        assertThat(plan.text()).contains("trials  1100");
        assertThatNothingWasChanged(cluster);
    }

    @Test
    void theArchiveForClustersNamesWhatItLacks() throws Exception {
        Ended plan = run(temporary, Map.of(), cluster.resolve("bin/icl-sweep"), "--version");
        assertThat(plan.exit()).isEqualTo(5);
        assertThat(plan.text()).startsWith("SPARK_HOME: expected an installation of Spark, found none");
    }

    @Test
    void everyLibraryIsInTheBillOfMaterialsAndHasALicence() throws Exception {
        String bill = Files.readString(complete.resolve("sbom.json"));
        Matcher component =
                Pattern.compile("\"pkg:maven/[^/\"]+/([^@\"]+)@([^?\"]+)\\?").matcher(bill);
        Set<String> listed = new TreeSet<>();
        while (component.find()) {
            listed.add(component.group(1) + "-" + component.group(2));
        }
        assertThat(jars())
                .isNotEmpty()
                .allMatch(jar ->
                        listed.stream().anyMatch(name -> jar.equals(name + ".jar") || jar.startsWith(name + "-")));
        String licences = Files.readString(complete.resolve("THIRD-PARTY.txt"));
        assertThat(licences).contains("org.apache.spark:spark-sql_2.13", "ai.djl:api");
        assertThat(licences).doesNotContain("Unknown license");
        assertThat(complete.resolve("LICENSE")).isRegularFile();
    }

    @Test
    void everyCommandHasAManPage() throws Exception {
        String help = run(temporary, Map.of(), complete.resolve("bin/icl-sweep"), "--help")
                .text();
        List<String> commands = Pattern.compile("(?m)^  ([a-z-]+) +[A-Z]")
                .matcher(help)
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(commands)
                .contains("quickstart", "run", "compare")
                .allSatisfy(command -> assertThat(complete.resolve("man/man1/icl-sweep-" + command + ".1"))
                        .content()
                        .contains(".TH \"ICL\\-SWEEP\\-"
                                + command.toUpperCase(Locale.ROOT).replace("-", "\\-")));
    }

    /** As far as it goes without a container engine: what is added is there, and unpacks to where the settings look. */
    @Test
    void theImageIsMadeOfTheArchiveForClusters() throws Exception {
        String image = Files.readString(complete.resolve("conf/spark/Dockerfile"));
        Matcher version = Pattern.compile("(?m)^ARG VERSION=(\\S+)$").matcher(image);
        Matcher added = Pattern.compile("(?m)^ADD (\\S+) /opt/$").matcher(image);
        Matcher linked = Pattern.compile("(?m)^RUN ln -s (\\S+) /opt/icl-sweep").matcher(image);
        assertThat(version.find() && added.find() && linked.find()).isTrue();
        Path archive = ARCHIVE.resolveSibling(added.group(1).replace("${VERSION}", version.group(1)));
        assertThat(archive).isRegularFile();
        assertThat(linked.group(1).replace("${VERSION}", version.group(1)))
                .isEqualTo(ARCHIVE.getFileName().toString());
        assertThat(List.of("lib", "conf/sweeps", "models", "bin"))
                .allMatch(name -> Files.isDirectory(cluster.resolve(name)));
        assertThat(cluster.resolve("conf/spark/gpu-discovery")).isExecutable();
    }

    @Test
    void eachArchiveHasItsSum() throws Exception {
        for (String kind : List.of("complete", "cluster")) {
            Ended sum = run(ARCHIVE.getParent(), Map.of(), "sha256sum", "-c", ARCHIVE + "-" + kind + ".tar.gz.sha256");
            assertThat(sum.exit()).as(sum.text()).isZero();
        }
    }

    /** The fields and files without which Maven Central refuses a module, but for signatures. */
    @Test
    void eachModuleIsOneThatMavenCentralTakes() throws Exception {
        Path root = ARCHIVE.getParent().resolve("../..").normalize();
        assertThat(Files.readString(root.resolve("pom.xml")))
                .contains("<name>", "<description>", "<url ", "<licenses>", "<developers>", "<scm ");
        String version = ARCHIVE.getFileName().toString().substring("icl-sweep-".length());
        for (String module : List.of("datasets", "model-core", "spark-jobs")) {
            assertThat(Files.readString(root.resolve(module).resolve("pom.xml")))
                    .contains("<name>", "<description>");
            assertThat(List.of(".jar", "-sources.jar", "-javadoc.jar"))
                    .allSatisfy(
                            end -> assertThat(root.resolve(module).resolve("target/" + module + "-" + version + end))
                                    .isRegularFile());
        }
    }

    /** Every file has the sum of SHA256SUMS, and there are no others: a directory that cannot be written does too. */
    private static void assertThatNothingWasChanged(Path home) throws Exception {
        Ended sums = run(home, Map.of(), "sha256sum", "-c", "--quiet", "SHA256SUMS");
        assertThat(sums.exit()).as(sums.text()).isZero();
        try (Stream<String> lines = Files.lines(home.resolve("SHA256SUMS"));
                Stream<Path> files = Files.walk(home)) {
            Set<String> listed = lines.map(line -> line.substring(66)).collect(Collectors.toCollection(TreeSet::new));
            listed.add("SHA256SUMS");
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> home.relativize(file).toString()))
                    .containsExactlyInAnyOrderElementsOf(listed);
        }
    }

    private static List<String> jars() throws IOException {
        try (Stream<Path> lib = Files.list(complete.resolve("lib"));
                Stream<Path> ofSpark = Files.list(complete.resolve("spark"))) {
            return Stream.concat(lib, ofSpark)
                    .map(file -> file.getFileName().toString())
                    .toList();
        }
    }

    /** Runs a program where there is a Java and the tools of every system, and nothing else. */
    private static Ended run(Path directory, Map<String, String> environment, Object... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                        Stream.of(command).map(Object::toString).toList())
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().keySet().retainAll(Set.of("HOME", "TMPDIR", "DJL_CACHE_DIR"));
        builder.environment().put("PATH", tools().toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        Path log = Files.createTempFile(temporary, "run", ".log");
        int exit = builder.redirectOutput(log.toFile()).start().waitFor();
        return new Ended(exit, Files.readString(log));
    }

    /** A directory with the programs that the launcher, Hadoop and these tests need: no Maven, no git, no Python. */
    private static Path tools() throws IOException {
        Path tools = temporary.resolve("tools");
        if (Files.notExists(tools)) {
            Files.createDirectory(tools);
            for (String name : List.of(
                    "bash",
                    "sh",
                    "env",
                    "dirname",
                    "readlink",
                    "locale",
                    "tar",
                    "gzip",
                    "sha256sum",
                    "chmod",
                    "groups",
                    "id",
                    "ls",
                    "rm",
                    "stat",
                    "uname")) {
                Files.createSymbolicLink(tools.resolve(name), Path.of("/usr/bin", name));
            }
        }
        return tools;
    }
}
