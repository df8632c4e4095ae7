package org.iclsweep.sweep.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The plans of a process whose locale has digits, and lower case, of its own. Error Prone reads the rest of the code.
 */
class LocaleTest {
    @TempDir
    private Path directory;

    @Test
    void everyKindHasTheSamePlanAndIdsInArabicPersianThaiAndTurkish() throws IOException, InterruptedException {
        Path written = directory.resolve("plans");
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-XX:TieredStopAtLevel=1",
                        "-Duser.language=ar",
                        "-Duser.country=EG",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        PlansOfEveryKind.class.getName(),
                        directory.toString(),
                        written.toString(),
                        "ar-EG",
                        "fa-IR",
                        "th-TH-u-nu-thai",
                        "tr-TR")
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();

        List<String> expected = new ArrayList<>();
        for (String number : List.of("١٬٢٣٤٬٥٦٧", "۱٬۲۳۴٬۵۶۷", "๑,๒๓๔,๕๖๗", "1.234.567")) {
            expected.add(number);
            expected.addAll(PlansOfEveryKind.of(directory));
        }
        assertThat(written).hasContent(String.join("\n", expected));
    }
}
