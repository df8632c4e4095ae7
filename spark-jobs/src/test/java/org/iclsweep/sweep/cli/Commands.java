package org.iclsweep.sweep.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/** The command line, for tests of other rooms too. */
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

    /** The exit code of a command, and both of its streams, whether written to directly or by the command line. */
    public record Said(int exit, String out, String err) {}

    /** Runs a command in this process. */
    public static Said say(Object... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream outBefore = System.out;
        PrintStream errBefore = System.err;
        PrintStream toOut = new PrintStream(out, true, StandardCharsets.UTF_8);
        PrintStream toErr = new PrintStream(err, true, StandardCharsets.UTF_8);
        System.setOut(toOut);
        System.setErr(toErr);
        try {
            int exit = Main.commandLine()
                    .setOut(new PrintWriter(toOut, true))
                    .setErr(new PrintWriter(toErr, true))
                    .execute(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
            return new Said(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(outBefore);
            System.setErr(errBefore);
        }
    }
}
