package org.iclsweep.sweep.job;

import java.io.IOException;
import java.net.ServerSocket;

/** A port that nobody listens on. */
final class FreePort {
    private FreePort() {}

    static int any() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
