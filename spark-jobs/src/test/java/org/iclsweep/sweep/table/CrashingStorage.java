package org.iclsweep.sweep.table;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A storage as a driver sees it that crashes, or meets a fault, at one of its calls: for any storage, in process, at
 * each call in turn.
 */
public final class CrashingStorage implements Storage {
    /** The fault at the call. */
    public enum Fault {
        /** The process is gone: the call and all later ones have no effect. */
        CRASH,
        /** The call has its effect and is answered by an error; later ones succeed. */
        LOST_ANSWER,
        /** The call has no effect and is answered by an error; later ones succeed. */
        REFUSED
    }

    /** The error of a call that was chosen. */
    public static final class Injected extends UncheckedIOException {
        Injected(int call, String operation) {
            super(new IOException("call %d of the storage, %s".formatted(call, operation)));
        }
    }

    private final Storage storage;
    private final int chosen;
    private final Fault fault;
    private final AtomicInteger calls = new AtomicInteger();
    private final Map<Integer, String> changes = new ConcurrentSkipListMap<>();

    /** {@code storage}, with {@code fault} at call {@code chosen}, counted from 1. */
    public CrashingStorage(Storage storage, int chosen, Fault fault) {
        this.storage = storage;
        this.chosen = chosen;
        this.fault = fault;
    }

    /** True if the chosen call was made. */
    public boolean hasStruck() {
        return calls.get() >= chosen;
    }

    /** True if this call was the first, or the one before it changed the directory. */
    public boolean isBehindAChange(int call) {
        return call == 1 || changes.containsKey(call - 1);
    }

    private <T> T call(String operation, Supplier<T> effect) {
        int call = calls.incrementAndGet();
        boolean struck = fault == Fault.CRASH ? call >= chosen : call == chosen;
        if (struck && fault != Fault.LOST_ANSWER) {
            throw new Injected(call, operation);
        }
        T answer = effect.get();
        if (struck) {
            throw new Injected(call, operation);
        }
        return answer;
    }

    private <T> T change(String operation, Supplier<T> effect) {
        return call(operation, () -> {
            changes.put(calls.get(), operation);
            return effect.get();
        });
    }

    private void change(String operation, Runnable effect) {
        change(operation, () -> {
            effect.run();
            return true;
        });
    }

    /** No call of the storage: a name alone. */
    @Override
    public String location(String name) {
        return storage.location(name);
    }

    @Override
    public boolean movesDirectories() {
        return storage.movesDirectories();
    }

    @Override
    public boolean exists(String name) {
        return call("exists " + name, () -> storage.exists(name));
    }

    @Override
    public Optional<String> read(String name) {
        return call("read " + name, () -> storage.read(name));
    }

    @Override
    public boolean create(String name, String text) {
        return change("create " + name, () -> storage.create(name, text));
    }

    @Override
    public void replace(String name, String text) {
        change("replace " + name, () -> storage.replace(name, text));
    }

    @Override
    public boolean publish(String name, String text) {
        return change("publish " + name, () -> storage.publish(name, text));
    }

    @Override
    public OptionalLong size(String name) {
        return call("size of " + name, () -> storage.size(name));
    }

    @Override
    public InputStream open(String name) {
        return call("open " + name, () -> storage.open(name));
    }

    @Override
    public void force(String name) {
        storage.force(name);
    }

    @Override
    public List<String> list(String name) {
        return call("list " + name, () -> storage.list(name));
    }

    @Override
    public Map<String, Long> files(String directory) {
        return call("files below " + directory, () -> storage.files(directory));
    }

    @Override
    public void rename(String from, String to) {
        change("rename " + from + " to " + to, () -> storage.rename(from, to));
    }

    @Override
    public void delete(String name) {
        change("delete " + name, () -> storage.delete(name));
    }

    @Override
    public void makeDirectory(String name) {
        change("make " + name, () -> storage.makeDirectory(name));
    }
}
