package org.iclsweep.sweep.experiment.grid;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import org.iclsweep.model.family.Dimensions;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.TimeEstimate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The memory of a grid's batches and audits. */
class GridMemoryTest {
    private static final Dimensions MODEL = new Dimensions(64, 128, 2, true, 0, 0, OptionalInt.empty());

    @TempDir
    private Path directory;

    @Test
    void aBatchIsAsLargeAsItsGpuHoldsAndOnACpuAsConfigured() {
        assertThat(tokens(Device.cpu(), 1000, 16384)).isEqualTo(16384);
        assertThat(tokens(Device.gpu(0), 1L << 40, 16384)).isEqualTo(16384);
        // 4 bytes of 16 vectors of 128 numbers, and of two heads' scores of 100 tokens
        long perToken = 4 * (16 * 128 + 2 * 100);
        assertThat(tokens(Device.gpu(0), 8 * 50 * perToken, 16384)).isEqualTo(50);
        assertThat(tokens(Device.gpu(0), 1, 16384)).isEqualTo(1);
    }

    private static int tokens(Device device, long memory, int configured) {
        return new BatchRoom(any -> memory, device, configured).tokens(MODEL, DataType.FLOAT32, 100);
    }

    @Test
    void planCountsTheCopyAtFloat64ThatAuditsComputeWith() throws IOException {
        String model = "sweep.models=[{ random { model_type = linear_llama, hidden_size = 16, layers = 2, heads = 2,"
                + " vocab = 64, seed = 778899, input_size = 8, icl_labels = [1, 2, 3, 4] } }]";
        SweepPlan<GridSpecification, Trial> plan =
                SweepFiles.in(directory).plan(model, "sweep.evaluation.audit.fraction=1e-9");
        long copy = plan.trial(0).model().source().parameters() * 8;
        assertThat(plan.experiment().auditBytes(plan)).isEqualTo(copy);
        assertThat(TimeEstimate.measure(plan, 1, Duration.ofMillis(1)).lines().get(1))
                .contains(", of which 0.0 GiB for the audit's copy at float64, on the CPU");

        SweepPlan<GridSpecification, Trial> without =
                SweepFiles.in(directory).plan(model, "sweep.evaluation.audit.fraction=0");
        assertThat(without.experiment().auditBytes(without)).isZero();
        assertThat(TimeEstimate.measure(without, 1, Duration.ofMillis(1))
                        .lines()
                        .get(1))
                .doesNotContain("audit");
    }
}
