package org.iclsweep.sweep.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.ShownPrompt;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.TimeEstimate;
import org.iclsweep.sweep.job.ConfigurationOptions;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.run.UnfitMachineException;
import org.iclsweep.sweep.table.Cost;
import org.iclsweep.sweep.table.Json;
import org.iclsweep.sweep.table.Manifest;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.Storage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code plan}: size and estimated cost of a sweep. */
@Command(
        name = "plan",
        description =
                "Counts trials, tokens, FLOPs and bytes of a sweep, and the work that is already done; estimates its time and"
                        + " memory from a few batches. Writes nothing but what --keep asks for.",
        footer = "bin/icl-sweep plan conf/sweeps/induction.conf --measure 5")
final class PlanCommand implements Callable<Integer> {
    @Mixin
    private ConfigurationOptions configuration = new ConfigurationOptions();

    @Option(
            names = "--show-prompts",
            paramLabel = "N",
            defaultValue = "0",
            description = "Also print N prompts of trials from all over the plan, with the borders of their tokens (|),"
                    + " context and query told apart.")
    private int shownPrompts;

    @Option(
            names = "--measure",
            paramLabel = "SECONDS",
            defaultValue = "15",
            description = "Run batches of the sweep for about so long, to estimate its time on this machine; nothing of"
                    + " them is kept. 0: no estimate. Default: ${DEFAULT-VALUE}.")
    private int measureSeconds;

    @Option(
            names = "--keep",
            description =
                    "Also write the estimate of time into the sweep's directory, whose report holds it against the"
                            + " time that was taken.")
    private boolean keep;

    @Option(names = "--json", description = "Print one JSON object; the lines of the estimate are in it as they are.")
    private boolean json;

    /**
     * The plan for scripts.
     *
     * @param committed the trials that are committed already
     * @param estimate lines for reading
     * @param time null where no batch was run
     */
    private record Planned(
            String sweep,
            @JsonProperty("plan_digest") String planDigest,
            String output,
            long trials,
            long committed,
            List<String> estimate,
            @Nullable TimeEstimate time) {}

    @Override
    public Integer call() {
        print(Experiments.read(configuration.file(), configuration.settings()));
        return 0;
    }

    private <S extends Serializable, T extends PlannedTrial> void print(SweepPlan<S, T> plan) {
        Storage storage = Storage.at(plan.sweep().output());
        plan.record().requireSame(storage);
        Manifests committed = Manifests.of(storage, plan.experiment().tableNames());
        long done = committed.waves().stream().mapToLong(Manifest::trials).sum();
        if (keep && (measureSeconds == 0 || done > 0)) {
            throw new WrongInputException("--keep: expected an estimate of time before any trial, found %s; %s"
                    .formatted(
                            done > 0 ? done + " trials committed" : "--measure 0",
                            done > 0 ? "choose another directory with --set sweep.output=DIR" : "leave it out"));
        }
        if (json) {
            System.out.print(Json.write(new Planned(
                    plan.sweep().name(),
                    plan.digest(),
                    plan.sweep().output(),
                    plan.size(),
                    done,
                    plan.experiment().estimate(plan, done),
                    measureSeconds > 0 ? measured(plan, left(plan, done)) : null)));
            return;
        }
        print(
                "sweep   %s, plan %.12s, into %s",
                plan.sweep().name(), plan.digest(), plan.sweep().output());
        print("trials  %d", plan.size());
        if (done > 0) {
            print(
                    "skipped %d trials of %d waves that are committed already",
                    done, committed.waves().size());
        }
        plan.experiment().estimate(plan, done).forEach(System.out::println);
        if (measureSeconds > 0) {
            printTime(plan, left(plan, done));
        }
        if (shownPrompts > 0) {
            plan.experiment().prompts(plan, shownPrompts).forEach(PlanCommand::print);
        }
    }

    private static double left(SweepPlan<?, ?> plan, long done) {
        return (plan.size() - done) / (double) plan.size();
    }

    private <S extends Serializable, T extends PlannedTrial> TimeEstimate measured(SweepPlan<S, T> plan, double left) {
        System.err.printf("running batches for the estimate of time, about %d s%n", measureSeconds);
        TimeEstimate time = TimeEstimate.measure(plan, left, Duration.ofSeconds(measureSeconds));
        if (keep) {
            Storage storage = Storage.at(plan.sweep().output());
            storage.makeDirectory("");
            Cost.of(storage, plan.digest())
                    .foretold(time.foretold(plan.size(), plan.experiment().flops(plan)))
                    .write(storage);
        }
        return time;
    }

    /** The time, or the reason why this machine cannot tell. */
    private <S extends Serializable, T extends PlannedTrial> void printTime(SweepPlan<S, T> plan, double left) {
        try {
            measured(plan, left).lines().forEach(System.out::println);
        } catch (UnfitMachineException e) {
            print("time    unknown, as no batch can be run here: %s", String.valueOf(e.getMessage()));
        }
    }

    /** A prompt with the context in one colour and the query in another, where the terminal has colours. */
    private static void print(ShownPrompt prompt) {
        print("%n%s", prompt.heading());
        print("%s", part("context", "36", prompt.context()));
        print("%s", part("query", "33", prompt.query()));
    }

    private static String part(String name, String colour, List<String> tokens) {
        String text = String.join("|", tokens).replace("\n", "⏎\n");
        boolean colours = CommandLine.Help.Ansi.AUTO.enabled();
        return "%s, %s tokens:%n%s"
                .formatted(name, tokens.size(), colours ? "\u001b[" + colour + "m" + text + "\u001b[0m" : text);
    }

    private static void print(String format, Object... values) {
        System.out.printf(Locale.ROOT, format + "%n", values);
    }
}
