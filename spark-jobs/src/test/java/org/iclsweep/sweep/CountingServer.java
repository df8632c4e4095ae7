package org.iclsweep.sweep;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/** A server of this machine that counts the requests it gets, and has nothing to give. */
public final class CountingServer implements AutoCloseable {
    private final AtomicInteger requests = new AtomicInteger();
    private final HttpServer server;

    private CountingServer(HttpServer server) {
        this.server = server;
    }

    /** @param status of all answers */
    public static CountingServer start(int status) {
        HttpServer http = onAnyPort();
        CountingServer server = new CountingServer(http);
        http.createContext("/", exchange -> {
            server.requests.incrementAndGet();
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        http.start();
        return server;
    }

    private static HttpServer onAnyPort() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** The number of requests so far, which a test may set to 0. */
    public AtomicInteger requests() {
        return requests;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
