package org.iclsweep.datasets.task;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.List;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.reproducible.Digest;

/**
 * A task without files: its examples are drawn from a distribution.
 *
 * @param type the name of the kind of distribution
 * @param drawing the draws of {@code generator}
 */
record GeneratedTask(String name, String type, Generator generator, Generator.Drawing drawing) implements Task {
    GeneratedTask(String name, String type, Generator generator) {
        this(name, type, generator, generator.drawing());
    }

    @Override
    public Kind kind() {
        return generator.kind();
    }

    @Override
    public List<String> labels() {
        return generator.labels();
    }

    @Override
    public int vocabulary() {
        return generator.vocabulary();
    }

    @Override
    public long available() {
        return generator.available();
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        requireAvailable(demonstrations, queries);
        return drawing.draw(seed, demonstrations, sampling, queries);
    }

    /** SHA-256 of the kind and of the parameters in the order of their record. */
    @Override
    public String digest() {
        Digest digest = new Digest().add(type);
        for (RecordComponent component : generator.getClass().getRecordComponents()) {
            add(component, digest);
        }
        return digest.hex();
    }

    private void add(RecordComponent component, Digest digest) {
        Object value = value(component);
        if (value instanceof List<?> list) {
            boolean whole =
                    ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0] == Integer.class;
            if (whole) {
                digest.add(list.stream().mapToInt(number -> (int) number).toArray());
            } else {
                digest.add(list.stream().mapToDouble(number -> (double) number).toArray());
            }
        } else if (value instanceof Double number) {
            digest.add((double) number);
        } else {
            digest.add(((Number) value).longValue());
        }
    }

    private Object value(RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(generator);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a component can be read: " + component, e);
        }
    }
}
