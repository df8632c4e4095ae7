package org.iclsweep.datasets.task;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.datasets.reproducible.RandomStream;

/** A task without files: its examples are drawn from a distribution with parameters {@code P}. */
abstract class Generator<P extends Record> implements Task {
    private final String name;
    private final TaskKind<P> type;
    private final P parameters;

    /** @throws org.iclsweep.datasets.fault.InputException if the parameters are not what their declaration allows */
    Generator(String name, TaskKind<P> type, P parameters) {
        this.name = name;
        this.type = type;
        this.parameters = type.checked(parameters);
    }

    final P parameters() {
        return parameters;
    }

    @Override
    public final String name() {
        return name;
    }

    /** SHA-256 of the kind and of the parameters in the order of their record. */
    @Override
    public String digest() {
        Digest digest = new Digest().add(type.name());
        for (RecordComponent component : type.parameters().getRecordComponents()) {
            Object value = value(component);
            if (value instanceof Double number) {
                digest.add((double) number);
            } else if (value instanceof Number number) {
                digest.add(number.longValue());
            } else {
                throw new IllegalStateException("expected numbers as parameters of " + name + ", found " + component);
            }
        }
        return digest.hex();
    }

    private Object value(RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(parameters);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a component can be read: " + component, e);
        }
    }

    @Override
    public List<String> labels() {
        return List.of();
    }

    @Override
    public long available() {
        return Long.MAX_VALUE;
    }

    /** An example of a class, its randomness from a stream. */
    interface Example {
        Demonstration of(int id, int label, RandomStream random);
    }

    /** A draw whose demonstrations have their classes by the sampling, whose queries have theirs uniformly. */
    static Draw draw(
            int classes, DrawStreams streams, int demonstrations, Sampling sampling, int queries, Example example) {
        ClassSequence labels = new ClassSequence(classes, sampling, streams.classes());
        List<Demonstration> drawn = new ArrayList<>(demonstrations);
        for (int i = 0; i < demonstrations; i++) {
            drawn.add(example.of(i, labels.next(), streams.demonstrations()));
        }
        List<Demonstration> asked = new ArrayList<>(queries);
        for (int i = 0; i < queries; i++) {
            asked.add(example.of(i, streams.queries().nextInt(classes), streams.queries()));
        }
        return new Draw(drawn, asked);
    }
}
