package org.iclsweep.sweep.job;

import java.nio.file.Path;
import java.util.List;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.Faulty;
import org.iclsweep.sweep.experiment.SweepPlan;
import picocli.CommandLine;

/**
 * A driver of its own process: the real main, with arithmetic in the place of models, unless {@code -Dmodels=true}. Its
 * faults come by property.
 */
public final class ArithmeticSweep {
    private ArithmeticSweep() {}

    public static void main(String[] args) {
        ArithmeticRunners runners = ArithmeticRunners.parse(System.getProperty("faults", ""));
        Sweep sweep = Boolean.getBoolean("models")
                ? new WithModels(Long.getLong("killer", -1), Long.getLong("hanging", -1))
                : new WithFaults(runners);
        System.exit(new CommandLine(sweep).execute(args));
    }

    /** The command {@code run}, with a trial that takes its process down and one that hangs once; negative: none. */
    static final class WithModels extends Sweep {
        private final long killer;
        private final long hanging;

        WithModels(long killer, long hanging) {
            this.killer = killer;
            this.hanging = hanging;
        }

        @Override
        protected SweepPlan<?, ?> read(Path file, List<String> overrides) {
            SweepPlan<?, ?> plan = Experiments.read(file, overrides);
            SweepPlan<?, ?> killing = killer < 0 ? plan : Faulty.plan(plan, Faulty.Fault.KILLER, killer);
            return hanging < 0 ? killing : Faulty.plan(killing, Faulty.Fault.HANGING, hanging);
        }
    }

    /** The command {@code run} with these runners. */
    static final class WithFaults extends Sweep {
        private final ArithmeticRunners runners;

        WithFaults(ArithmeticRunners runners) {
            this.runners = runners;
        }

        @Override
        protected SweepPlan<?, ?> read(Path file, List<String> overrides) {
            return runners.on(SweepFiles.read(file, overrides));
        }
    }
}
