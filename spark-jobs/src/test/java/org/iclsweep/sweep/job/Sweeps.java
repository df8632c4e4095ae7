package org.iclsweep.sweep.job;

import java.io.IOException;
import java.nio.file.Path;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.trial.ArithmeticRunners;

/** Finished sweeps for tests of other rooms. */
public final class Sweeps {
    private Sweeps() {}

    /** Runs a small sweep and returns its directory. */
    public static Path run(Path directory, ArithmeticRunners runners, String... settings) throws IOException {
        SweepRun.run(LocalSpark.session(), SweepFiles.in(directory).plan(settings), runners, StopSignal.never());
        return SweepFiles.in(directory).output();
    }
}
