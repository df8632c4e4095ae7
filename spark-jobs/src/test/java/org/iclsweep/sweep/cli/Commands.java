package org.iclsweep.sweep.cli;

import java.util.Set;

/** The command line, for tests of other rooms. */
public final class Commands {
    private Commands() {}

    /** The options of a command. */
    public static Set<String> options(String command) {
        return Main.commandLine()
                .getSubcommands()
                .get(command)
                .getCommandSpec()
                .optionsMap()
                .keySet();
    }
}
