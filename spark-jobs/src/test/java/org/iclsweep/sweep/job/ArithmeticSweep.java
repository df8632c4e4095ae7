package org.iclsweep.sweep.job;

import org.iclsweep.sweep.experiment.grid.ArithmeticRunners;
import picocli.CommandLine;

/**
 * A driver of its own process: the real main, with arithmetic in the place of models, unless {@code -Dmodels=true}. Its
 * faults come by property.
 */
public final class ArithmeticSweep {
    private ArithmeticSweep() {}

    public static void main(String[] args) {
        ArithmeticRunners runners = ArithmeticRunners.parse(System.getProperty("faults", ""));
        Sweep sweep = Boolean.getBoolean("models") ? new Sweep() : new Sweep(kind -> runners);
        System.exit(new CommandLine(sweep).execute(args));
    }
}
