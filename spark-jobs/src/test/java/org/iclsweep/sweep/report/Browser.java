package org.iclsweep.sweep.report;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import javax.imageio.ImageIO;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * Chromium without a window. Tests that need it are left out where it is not installed, and say so; with
 * {@code -Drequire=browser} they fail there.
 */
public final class Browser implements AutoCloseable {
    private static final String INSTALL =
            "left out: the report in a browser needs apt-get install chromium chromium-driver";

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /**
     * Chromium without a window, where it is installed; the test is left out, or fails where it is required, otherwise.
     */
    public static Browser start(Path downloads) {
        Optional<File> chromium = onPath("chromium");
        Optional<File> chromedriver = onPath("chromedriver");
        if (chromium.isEmpty() || chromedriver.isEmpty()) {
            if (Arrays.asList(System.getProperty("require", "").split(",")).contains("browser")) {
                throw new AssertionError(INSTALL);
            }
            abort(INSTALL);
        }
        ChromeOptions options = new ChromeOptions();
        options.setBinary(chromium.orElseThrow());
        options.addArguments(
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars");
        options.setExperimentalOption(
                "prefs",
                Map.of("download.default_directory", downloads.toString(), "download.prompt_for_download", false));
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(chromedriver.orElseThrow())
                .usingAnyFreePort()
                .build();
        return new Browser(new ChromeDriver(service, options));
    }

    private static Optional<File> onPath(String program) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(directory -> new File(directory, program))
                .filter(File::canExecute)
                .findFirst();
    }

    /** Opens a page and waits until its charts are drawn; returns all that the browser has to complain about. */
    public List<String> open(Path page) {
        driver.get(page.toUri().toString());
        driver.executeAsyncScript("""
                const done = arguments[arguments.length - 1];
                const look = () => document.documentElement.dataset.drawn ? done() : setTimeout(look, 10);
                look();""");
        return complaints();
    }

    List<String> complaints() {
        List<String> complaints = new ArrayList<>();
        driver.manage().logs().get(LogType.BROWSER).forEach(entry -> complaints.add(entry.toString()));
        return complaints;
    }

    /** The value of a script that returns one. */
    public Object run(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    /** The violations that axe-core finds, each with the first element that has it. */
    @SuppressWarnings("unchecked")
    List<String> accessibilityFaults() throws IOException {
        try (var axe = Browser.class.getResourceAsStream("/axe-core/axe.min.js")) {
            driver.executeScript(new String(axe.readAllBytes(), StandardCharsets.UTF_8));
        }
        return (List<String>) driver.executeAsyncScript("""
                const done = arguments[arguments.length - 1];
                axe.run(document).then(found => done(found.violations.map(
                    fault => fault.id + ': ' + fault.help + ': ' + fault.nodes[0].html.slice(0, 200) + ' ' + fault.nodes[0].failureSummary)));
                """);
    }

    /** Emulates a medium ({@code screen} or {@code print}) and a colour scheme ({@code light} or {@code dark}). */
    public void emulate(String medium, String scheme) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("media", medium, "features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** Makes the window as wide and as high, in pixels. */
    public void size(int width, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    /** The colours of a picture of the window, which goes into a file; the colour of its corner first. */
    public List<Integer> picture(Path file) throws IOException {
        byte[] png = driver.getScreenshotAs(OutputType.BYTES);
        Files.createDirectories(file.getParent());
        Files.write(file, png);
        var image = ImageIO.read(new ByteArrayInputStream(png));
        Set<Integer> colours = new HashSet<>();
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                colours.add(image.getRGB(x, y));
            }
        }
        List<Integer> all = new ArrayList<>(List.of(image.getRGB(2, 2)));
        all.addAll(colours);
        return all;
    }

    @Override
    public void close() {
        driver.quit();
    }
}
