package org.iclsweep.sweep.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.iclsweep.sweep.job.ExitCode;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The documentation of the command line, from its declarations: {@code docs/reference/commands.md}. */
final class CommandsDocument {
    private static final int WIDTH = 120;
    private static final Set<String> EVERYWHERE = Set.of("--help", "--version", "--debug");

    private static final String HEAD = """
            # Commands

            Generated from the code (`org.iclsweep.sweep.cli`) and checked by `CommandsDocumentTest`; `-Dicl.sweep.write-docs=true`
            writes it anew.

            `COMMAND --help` prints the same on a terminal; an archive of a release has it as man pages. Every command takes `--help`,
            `--version`, and `--debug`, which prints the stack trace of a failure. An error is one line: where, which key, expected and
            found, and the remedy.

            """;

    private static final String COMPLETION = """

            `source <(bin/icl-sweep generate-completion)` completes commands and options in bash and zsh.
            `bin/icl-sweep bench` runs the [benchmarks](../../benchmarks/README.md).

            ## Exit codes

            | code | meaning | of |
            |---|---|---|
            """;

    private CommandsDocument() {}

    /** The document, in Markdown. */
    static String markdown() {
        Map<String, CommandLine> commands = Main.commandLine().getSubcommands();
        List<String> names = commands.keySet().stream()
                .filter(name -> !HelpTest.ITS_OWN.contains(name))
                .toList();
        StringBuilder text = new StringBuilder(HEAD)
                .append(names.stream()
                        .map(name -> "[%1$s](#%1$s)".formatted(name))
                        .collect(Collectors.joining(" · ")))
                .append('\n');
        text.append(COMPLETION);
        for (ExitCode exit : ExitCode.values()) {
            List<String> of = names.stream()
                    .filter(name -> ends(commands.get(name)).contains(String.valueOf(exit.code())))
                    .map("`%s`"::formatted)
                    .toList();
            text.append("| %d | %s | %s |\n"
                    .formatted(
                            exit.code(),
                            exit.meaning(),
                            of.size() == names.size() ? "all commands" : String.join(", ", of)));
        }
        names.forEach(name -> text.append(section(name, commands.get(name))));
        return text.toString();
    }

    private static Set<String> ends(CommandLine command) {
        return command.getCommandSpec().usageMessage().exitCodeList().keySet();
    }

    private static String section(String name, CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        spec.usageMessage().width(WIDTH);
        String synopsis = new CommandLine.Help(spec, CommandLine.Help.defaultColorScheme(Ansi.OFF)).synopsis(0);
        List<ArgSpec> arguments = new ArrayList<>(spec.positionalParameters());
        spec.options().stream()
                .filter(option -> !EVERYWHERE.contains(option.longestName()))
                .forEach(arguments::add);
        String rows = arguments.stream()
                .filter(argument -> !argument.hidden())
                .map(argument -> "| %s | %s |\n".formatted(shown(argument), cell(argument.description())))
                .collect(Collectors.joining());
        return """

                ## `%s`

                %s

                ```text
                %s
                ```

                | argument | meaning |
                |---|---|
                %s
                Example: %s
                """.formatted(
                        name,
                        description(spec),
                        synopsis.strip(),
                        rows,
                        Arrays.stream(spec.usageMessage().footer())
                                .map("`%s`"::formatted)
                                .collect(Collectors.joining(", ")));
    }

    private static String shown(ArgSpec argument) {
        String label = argument.paramLabel();
        if (argument instanceof OptionSpec option) {
            String names = Arrays.stream(option.names()).collect(Collectors.joining(", "));
            return "`" + (option.arity().max() == 0 ? names : names + " " + label) + "`";
        }
        return "`" + label + "`";
    }

    private static String description(CommandSpec spec) {
        return cell(spec.usageMessage().description());
    }

    private static String cell(String... lines) {
        return String.join(" ", lines).replace("%%", "%").replace("|", "\\|");
    }
}
