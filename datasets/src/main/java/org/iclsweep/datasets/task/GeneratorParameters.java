package org.iclsweep.datasets.task;

/** The conditions on a generator's parameters; the message names the parameter and what was found. */
final class GeneratorParameters {
    private GeneratorParameters() {}

    static int atLeast(int smallest, String name, int value) {
        if (value < smallest) {
            throw new IllegalArgumentException(name + " must be at least " + smallest + ", found " + value);
        }
        return value;
    }

    static double notNegative(String name, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(name + " must be a finite number of at least 0, found " + value);
        }
        return value;
    }
}
