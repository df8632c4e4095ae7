package org.iclsweep.sweep.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.iclsweep.sweep.cli.Commands.Said;

/**
 * A process that runs the commands of {@code bin/icl-sweep} in its own current directory, one after the other: a
 * virtual machine for all of them, where a reader has one for each.
 *
 * <p>A client sends the number of its arguments, and the arguments, each with a 0 behind it. The answer is a line: the
 * exit code, and the path to which {@code .out} and {@code .err} are added for what was printed.
 */
final class CommandServer {
    /** A launcher that passes its arguments on, for a shell that has the port in its environment. */
    static final String LAUNCHER = """
            #!/usr/bin/env bash
            exec 3<>"/dev/tcp/127.0.0.1/$ICL_SWEEP_PORT"
            printf '%s\\0' "$#" "$@" >&3
            read -r exit said <&3
            cat "$said.out"
            cat "$said.err" >&2
            exit "$exit"
            """;

    private CommandServer() {}

    /**
     * Answers until the process is ended.
     *
     * @param arguments the file that the port is written to
     */
    public static void main(String[] arguments) throws IOException {
        Path said = Files.createTempFile("said", "");
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Path port = Path.of(arguments[0]);
            Path written = Files.writeString(Path.of(port + ".new"), String.valueOf(server.getLocalPort()));
            Files.move(written, port, StandardCopyOption.ATOMIC_MOVE);
            while (true) {
                try (Socket client = server.accept()) {
                    answer(client, said);
                }
            }
        }
    }

    private static void answer(Socket client, Path said) throws IOException {
        InputStream in = new BufferedInputStream(client.getInputStream());
        Object[] command = new Object[Integer.parseInt(text(in))];
        for (int i = 0; i < command.length; i++) {
            command[i] = text(in);
        }
        Said answer = Commands.say(command);
        Files.writeString(Path.of(said + ".out"), answer.out());
        Files.writeString(Path.of(said + ".err"), answer.err());
        client.getOutputStream().write("%d %s\n".formatted(answer.exit(), said).getBytes(StandardCharsets.UTF_8));
    }

    private static String text(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int next = in.read(); next != 0; next = in.read()) {
            if (next < 0) {
                throw new EOFException("a client ended in the middle of its arguments");
            }
            bytes.write(next);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
