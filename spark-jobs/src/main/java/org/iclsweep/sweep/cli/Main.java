package org.iclsweep.sweep.cli;

import org.iclsweep.model.checkpoint.CheckpointException;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.sweep.job.CodeVersion;
import org.iclsweep.sweep.job.ExitCode;
import org.iclsweep.sweep.job.Failures;
import org.iclsweep.sweep.job.Sweep;
import picocli.CommandLine;
import picocli.CommandLine.Command;
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
            Sweep.class,
            PlanCommand.class,
            StatusCommand.class,
            TrainCommand.class,
            VerifyCommand.class,
            ConvertCommand.class,
            GenerateCommand.class,
            CertifyCommand.class,
            QueryCommand.class,
            DoctorCommand.class
        })
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandLine commands = new CommandLine(new Main());
        commands.getCommandSpec().version("icl-sweep " + CodeVersion.CURRENT);
        return commands.setExitCodeExceptionMapper(failure -> exit(failure).code())
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println(Failures.message(failure));
                    if (exit(failure) == ExitCode.FAILED) {
                        failure.printStackTrace(command.getErr());
                    }
                    return exit(failure).code();
                });
    }

    private static ExitCode exit(Throwable failure) {
        boolean input = failure instanceof CommandLine.ParameterException
                || failure instanceof WrongInputException
                || failure instanceof CheckpointException
                || failure instanceof ModelException;
        return input ? ExitCode.WRONG_INPUT : Failures.exit(failure);
    }
}
