package org.iclsweep.sweep.cli;

import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.iclsweep.model.checkpoint.CheckpointException;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.sweep.job.CodeVersion;
import org.iclsweep.sweep.job.ExitCode;
import org.iclsweep.sweep.job.Failures;
import org.iclsweep.sweep.run.EngineCache;
import org.iclsweep.sweep.run.FullDisk;
import org.iclsweep.sweep.run.MachineFaults;
import org.iclsweep.sweep.run.UnfitMachineException;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** The command line: {@code bin/icl-sweep}. */
@Command(
        name = "icl-sweep",
        description =
                "Converts the demonstrations of prompts into weights, exactly, and measures error, accuracy and cost over many of"
                        + " them.",
        scope = ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        sortOptions = false,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            QuickstartCommand.class,
            RunCommand.class,
            PlanCommand.class,
            StatusCommand.class,
            TrainCommand.class,
            VerifyCommand.class,
            ConvertCommand.class,
            GenerateCommand.class,
            CertifyCommand.class,
            ConformanceCommand.class,
            QueryCommand.class,
            ReportCommand.class,
            CompareCommand.class,
            DoctorCommand.class,
            AutoComplete.GenerateCompletion.class,
            CommandLine.HelpCommand.class
        })
public final class Main {
    private static final List<ExitCode> USUAL =
            List.of(ExitCode.DONE, ExitCode.FAILED, ExitCode.WRONG_INPUT, ExitCode.UNFIT_MACHINE);

    /** Commands that load no model. */
    private static final Set<String> WITHOUT_ENGINE = Set.of("status", "query", "report", "compare");

    /** Commands that load nothing, or tell what is wrong with what they load. */
    private static final Set<String> WITHOUT_LIBRARIES = Set.of("doctor", "generate-completion", "help");

    /** Commands that end as a sweep does. */
    private static final Set<String> SWEEPS = Set.of("run", "quickstart");

    private Main() {}

    @Option(
            names = "--debug",
            defaultValue = "false",
            scope = ScopeType.INHERIT,
            description = "Print the stack trace of a failure, for its developers.")
    private void debug(boolean wanted) {
        System.setProperty(Failures.DEBUG, String.valueOf(wanted));
    }

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandLine commands = new CommandLine(new Main());
        commands.getCommandSpec().version("icl-sweep " + CodeVersion.CURRENT);
        commands.getSubcommands().forEach(Main::describeEnds);
        return commands.setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionStrategy(Main::executeWhereLibrariesLoad)
                .setExitCodeExceptionMapper(failure -> exit(failure).code())
                .setExecutionExceptionHandler((thrown, command, parsed) -> {
                    Exception failure = ofTheUser(thrown);
                    Failures.print(failure, exit(failure), command.getErr());
                    return exit(failure).code();
                });
    }

    /** Tables, Parquet data and Spark load native libraries; {@code doctor} tells the faults itself. */
    private static int executeWhereLibrariesLoad(ParseResult parsed) {
        String name = parsed.hasSubcommand() ? parsed.subcommand().commandSpec().name() : "";
        boolean works = parsed.hasSubcommand()
                && !WITHOUT_LIBRARIES.contains(name)
                && !parsed.subcommand().isUsageHelpRequested()
                && !parsed.subcommand().isVersionHelpRequested();
        try {
            if (works) {
                MachineFaults.requireTemporaryDirectory();
                EngineCache.requirePrivateTemporaryFiles();
            }
            if (works && !WITHOUT_ENGINE.contains(name)) {
                EngineCache.claim();
            }
        } catch (UnfitMachineException e) {
            throw new CommandLine.ExecutionException(parsed.commandSpec().commandLine(), e.getMessage(), e);
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    /** Puts the headings of examples and the exit codes into the help of a command. */
    private static void describeEnds(String name, CommandLine command) {
        CommandLine.Model.UsageMessageSpec usage = command.getCommandSpec().usageMessage();
        if (usage.footer().length == 0) {
            return;
        }
        Map<String, String> codes = new LinkedHashMap<>();
        (SWEEPS.contains(name) ? List.of(ExitCode.values()) : USUAL)
                .forEach(exit -> codes.put(String.valueOf(exit.code()), exit.meaning()));
        usage.exitCodeListHeading("%nExit codes:%n").exitCodeList(codes).footerHeading("%nExample:%n");
    }

    /** A file that is not there, or not what it should be, as one line; any other failure as it is. */
    private static Exception ofTheUser(Exception failure) {
        Throwable cause = failure instanceof UncheckedIOException ? failure.getCause() : failure;
        if (!(cause instanceof FileSystemException unusable) || FullDisk.isBehind(failure)) {
            return failure;
        }
        String found = unusable.getReason() != null
                ? unusable.getReason()
                : unusable.getClass().getSimpleName().replace("Exception", "");
        return new WrongInputException(unusable.getFile() + ": expected a file or directory that can be used, found: "
                + found + "; correct the path");
    }

    private static ExitCode exit(Throwable failure) {
        boolean input = failure instanceof CommandLine.ParameterException
                || failure instanceof WrongInputException
                || failure instanceof CheckpointException
                || failure instanceof ModelException;
        return input ? ExitCode.WRONG_INPUT : Failures.exit(failure);
    }
}
