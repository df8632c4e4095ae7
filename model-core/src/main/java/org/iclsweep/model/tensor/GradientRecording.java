package org.iclsweep.model.tensor;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * The engine's record of operations for a backward pass. The engine keeps one at a time in a process and refuses a
 * second: a task that begins while another one records waits until that is closed, so record no more than one pass. To
 * be closed by the thread that began it; updates are made after that.
 */
public final class GradientRecording implements AutoCloseable {
    private static final ReentrantLock ONE = new ReentrantLock();

    private final GradientCollector collector;

    private GradientRecording(GradientCollector collector) {
        this.collector = collector;
    }

    /**
     * Arrays that share the memory of {@code tensors}, belong to {@code scope} and, those of the names {@code trained},
     * collect gradients: new in every pass, so that gradients start from zero.
     */
    public static Map<String, NDArray> leaves(
            Map<String, NDArray> tensors, NDManager scope, Predicate<String> trained) {
        Map<String, NDArray> leaves = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            NDArray leaf = tensor.stopGradient();
            leaf.attach(scope);
            if (trained.test(name)) {
                leaf.setRequiresGradient(true);
            }
            leaves.put(name, leaf);
        });
        return leaves;
    }

    /** Begins as soon as no other task records. */
    public static GradientRecording begin() {
        ONE.lock();
        try {
            return new GradientRecording(Engine.getInstance().newGradientCollector());
        } catch (RuntimeException | Error e) {
            ONE.unlock();
            throw e;
        }
    }

    /** Leaves the gradients of {@code loss}, a single number, with the arrays that require them. */
    public void backward(NDArray loss) {
        collector.backward(loss);
    }

    @Override
    public void close() {
        try {
            collector.close();
        } finally {
            ONE.unlock();
        }
    }
}
