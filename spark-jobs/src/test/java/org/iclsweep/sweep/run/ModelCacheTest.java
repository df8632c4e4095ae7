package org.iclsweep.sweep.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.FailedTrial;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The models of a batch of twelve trials, on devices whose memory is made up. */
class ModelCacheTest {
    private static final AttemptJournal NO_JOURNAL = new AttemptJournal() {
        @Override
        public int lost(String unit) {
            return 0;
        }

        @Override
        public Note begin(String unit) {
            return () -> {};
        }
    };

    @TempDir
    private Path directory;

    private final List<String> loads = new ArrayList<>();
    private List<Trial> batch = List.of();
    private @Nullable ModelSource large;

    /** The weights of a model for which there is no room: each try to read one is noted. */
    private record TooLarge(Weights sound, List<String> loads) implements Weights {
        @Override
        public Set<String> names() {
            return sound.names();
        }

        @Override
        public long[] shape(String name) {
            return sound.shape(name);
        }

        @Override
        public StoredType storedType(String name) {
            return sound.storedType(name);
        }

        @Override
        public NDArray read(NDManager manager, String name, DataType type) {
            loads.add(name);
            throw new IllegalStateException("CUDA out of memory. Tried to allocate 96.00 GiB");
        }
    }

    @BeforeEach
    void aBatch() throws IOException {
        SweepPlan<GridSpecification, Trial> plan = SweepFiles.in(directory).plan();
        batch = LongStream.range(0, 12).mapToObj(plan::trial).toList();
        ModelSource sound = batch.get(0).model().source();
        large = new ModelSource(sound.config(), new TooLarge(sound.weights(), loads), null);
    }

    @Test
    void aModelThatDoesNotFitIsLoadedOnceAndFailsAllTrials() {
        ModelCache models = new ModelCache(device -> 1L << 40);
        for (int run = 0; run < 2; run++) {
            List<TrialOutcome> outcomes = run(models, Device.cpu());
            assertThat(outcomes).hasSize(12).allSatisfy(outcome -> {
                FailedTrial failed = (FailedTrial) outcome;
                assertThat(failed.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY);
                assertThat(failed.message()).startsWith("the model does not fit: its weights take 0.00 GiB in float32");
            });
        }
        assertThat(loads).as("not 23 times, and not again by the next batch").hasSize(1);
    }

    @Test
    void aModelThatIsLargerThanAGpuIsNotLoadedAtAll() {
        ModelCache models = new ModelCache(device -> device.isGpu() ? 1000 : 1L << 40);
        assertThat(run(models, Device.gpu(0)))
                .allSatisfy(outcome ->
                        assertThat(((FailedTrial) outcome).message()).endsWith("in float32, gpu:0 has 0.00 GiB"));
        assertThat(loads).isEmpty();
    }

    @Test
    void aModelThatFitsNextToNothingInUseMakesRoomForItself() {
        ModelCache models = new ModelCache(device -> 1L << 40);
        models.use("idle", this::small, DataType.FLOAT32, Device.cpu()).close();
        assertThat(models.holds("idle", DataType.FLOAT32, Device.cpu())).isTrue();
        assertThatThrownBy(() -> models.use("large", this::large, DataType.FLOAT32, Device.cpu()))
                .isInstanceOf(TrialFailure.class);
        assertThat(loads).as("again, when nothing else is there").hasSize(2);
        assertThat(models.holds("idle", DataType.FLOAT32, Device.cpu())).isFalse();
    }

    @Test
    void theModelsOfADeviceAreBoundedByItsOwnMemory() {
        long bytes = batch.get(0).model().source().parameters() * 4;
        ModelCache models = new ModelCache(device -> device.isGpu() ? 0 : 4 * 2 * bytes);
        for (String name : List.of("a", "b", "c")) {
            models.use(name, this::small, DataType.FLOAT32, Device.cpu()).close();
        }
        assertThat(models.bytes()).isEqualTo(2 * bytes);
        assertThat(models.holds("a", DataType.FLOAT32, Device.cpu()))
                .as("the least recently used")
                .isFalse();
        DeviceMemory memory = models.memory();
        assertThat(memory.ofModels(Device.gpu(1))).isZero();
        DeviceMemory large = device -> 80;
        assertThat(large.ofModels(Device.gpu(0))).isEqualTo(40);
        assertThat(large.ofModels(Device.cpu())).isEqualTo(20);
        assertThat(large.ofBatch(Device.gpu(0))).isEqualTo(10);
        assertThat(large.ofBatch(Device.cpu())).isEqualTo(Long.MAX_VALUE);
    }

    private ModelSource large() {
        return Objects.requireNonNull(large);
    }

    private ModelSource small() {
        return batch.get(0).model().source();
    }

    private List<TrialOutcome> run(ModelCache models, Device device) {
        TrialRunner<Trial> runner = new TrialRunner<>() {
            @Override
            public List<? extends TrialOutcome> run(List<Trial> trials) {
                models.use("large", ModelCacheTest.this::large, DataType.FLOAT32, device);
                throw new AssertionError("the model was loaded");
            }

            @Override
            public TrialOutcome failed(Trial trial, ErrorCode code, String message) {
                return FailedTrial.of(trial, code, message, null);
            }
        };
        return new BatchRun<>(runner, NO_JOURNAL).run("batch-0", batch);
    }
}
