package org.iclsweep.sweep.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SystemCharsetTest {
    @Test
    void anotherSetThanUtf8HasARemedyAndUtf8HasNone() {
        assertThat(SystemCharset.remedy("UTF-8")).isEmpty();
        assertThat(SystemCharset.remedy("ANSI_X3.4-1968")).endsWith("set LC_ALL=C.UTF-8 before it starts");
    }

    @Test
    void aNameThatNoFileCanHaveIsAFaultOfTheConfiguration() {
        assertThat(ConfigurationSource.ofFileName(
                                Path.of("a.conf"), new InvalidPathException("a\0b", "Nul character not allowed"))
                        .toString())
                .isEqualTo("a.conf: expected the name of a file, found \"a\\u0000b\": Nul character not allowed");
    }
}
