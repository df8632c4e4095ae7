package org.iclsweep.model.tensor;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.training.GradientCollector;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the engine records from now on for a backward pass. It does so for one at a time in a process, and refuses a
 * second: whoever begins while another task records waits until that is closed, so one pass is the most to be recorded.
 * To be closed by the thread that began it; an update is made after that.
 */
public final class GradientRecording implements AutoCloseable {
    private static final ReentrantLock ONE = new ReentrantLock();

    private final GradientCollector collector;

    private GradientRecording(GradientCollector collector) {
        this.collector = collector;
    }

    /** Begins, as soon as nobody else records. */
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
