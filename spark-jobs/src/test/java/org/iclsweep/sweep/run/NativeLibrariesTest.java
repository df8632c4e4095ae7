package org.iclsweep.sweep.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NativeLibrariesTest {
    @Test
    void thePartsOnThisClassPathFit() {
        NativeLibraries here = NativeLibraries.load("0");
        assertThat(here.jni()).isEqualTo("2.7.1-0.36.0");
        assertThat(here.toString()).contains("ai.djl:api 0.36.0", "libtorch 2.7.1");
    }

    @ParameterizedTest
    @CsvSource({
        "0.37.0, 0.36.0, 2.7.1-0.36.0, 2.7.1-20250812",
        "0.36.0, 0.35.1, 2.7.1-0.36.0, 2.7.1-20250812",
        "0.36.0, 0.36.0, 2.5.1-0.36.0, 2.7.1-20250812",
        "0.36.0, 0.36.0, 2.7.1-0.35.1, 2.7.1-20250812",
        "0.36.0, 0.36.0, 2.7.1-0.36.0, 2.5.1",
        "0.36.0, 0.36.0, absent,       2.7.1",
    })
    void aMixtureIsSaidPartByPart(String api, String engine, String jni, String libtorch) {
        assertThatThrownBy(() -> new NativeLibraries(api, engine, jni, libtorch).requireFitting("4"))
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageContaining("on executor 4 do not fit")
                .hasMessageContaining("pytorch-jni " + jni)
                .hasMessageContaining("libtorch " + libtorch);
    }
}
