package org.iclsweep.sweep.table;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Requests to a storage, many at a time: of ten thousand, each takes milliseconds on a network, and none computes. */
final class ParallelRequests {
    private static final int THREADS = 32;

    private ParallelRequests() {}

    /** The answers, in the order of the requests. */
    static <A, B> List<B> answers(List<A> asked, Function<A, B> request) {
        if (asked.size() <= 1) {
            return asked.stream().map(request).toList();
        }
        ExecutorService threads = Executors.newFixedThreadPool(Math.min(THREADS, asked.size()), task -> {
            Thread thread = new Thread(task, "requests to the storage");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<B>> begun = new ArrayList<>(asked.size());
            asked.forEach(one -> begun.add(threads.submit(() -> request.apply(one))));
            List<B> answers = new ArrayList<>(asked.size());
            for (Future<B> one : begun) {
                answers.add(answer(one));
            }
            return answers;
        } finally {
            threads.shutdownNow();
        }
    }

    private static <B> B answer(Future<B> request) {
        try {
            return request.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            } else if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a storage was asked", e);
        }
    }
}
