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
        long killer = Long.getLong("killer", -1);
        Sweep sweep = Boolean.getBoolean("models") ? new WithKiller(killer) : new WithFaults(runners);
        System.exit(new CommandLine(sweep).execute(args));
    }

    /** The command {@code run}, whose trial of this index takes its process down; none if it is negative. */
    static final class WithKiller extends Sweep {
        private final long index;

        WithKiller(long index) {
            this.index = index;
        }

        @Override
        protected SweepPlan<?, ?> read(Path file, List<String> overrides) {
            SweepPlan<?, ?> plan = Experiments.read(file, overrides);
            return index < 0 ? plan : Faulty.plan(plan, Faulty.Fault.KILLER, index);
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
