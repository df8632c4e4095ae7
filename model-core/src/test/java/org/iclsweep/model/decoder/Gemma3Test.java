package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Gemma 3 270M, unpacked by the recipe beside its {@code expected.json} into the folder {@code gemma-3-270m} of the
 * directory that ICL_SWEEP_MODELS names; needs 4 GB.
 */
class Gemma3Test extends TrainedModelLaws {
    private static final String NAME = "gemma-3-270m";
    private static final Path EXPECTED = Path.of("../../shared/weights", NAME, "expected.json");

    @Override
    Path directory() {
        Path models =
                Path.of(Optional.ofNullable(System.getenv("ICL_SWEEP_MODELS")).orElse("absent"));
        assumeThat(models.resolve(NAME))
                .as("left out: ICL_SWEEP_MODELS names no directory with " + NAME)
                .isDirectory();
        return models.resolve(NAME);
    }

    @Override
    JsonNode expected() {
        try {
            return new ObjectMapper().readTree(EXPECTED.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** 9.3e-6 was measured. */
    @Override
    double float32() {
        return 1e-4;
    }

    @Override
    List<String> inFloat64() {
        return List.of("review");
    }
}
