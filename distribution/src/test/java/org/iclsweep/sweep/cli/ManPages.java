package org.iclsweep.sweep.cli;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/** The help of all commands as AsciiDoc, of which the build makes man pages. */
public final class ManPages {
    private ManPages() {}

    /** Writes a file for every command into the directory that is named. */
    public static void main(String[] directory) throws IOException {
        CommandLine commands = Main.commandLine();
        List<CommandSpec> specs = new ArrayList<>(List.of(commands.getCommandSpec()));
        commands.getSubcommands().values().forEach(command -> specs.add(command.getCommandSpec()));
        File to = new File(directory[0]);
        ManPageGenerator.generateManPage(to, null, new boolean[0], false, specs.toArray(CommandSpec[]::new));
    }
}
