package org.iclsweep.sweep.job;

import org.iclsweep.sweep.trial.ArithmeticRunners;
import picocli.CommandLine;

/** A driver of its own process: the real main, with arithmetic in the place of models. Its faults come by property. */
public final class ArithmeticSweep {
    private ArithmeticSweep() {}

    public static void main(String[] args) {
        ArithmeticRunners runners = ArithmeticRunners.parse(System.getProperty("faults", ""));
        System.exit(new CommandLine(new Sweep(kind -> runners)).execute(args));
    }
}
