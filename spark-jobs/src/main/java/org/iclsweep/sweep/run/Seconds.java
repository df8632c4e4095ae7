package org.iclsweep.sweep.run;

/** The wall time of a batch, divided evenly among its trials, in seconds. */
public record Seconds(double convert, double prompted, double converted) {
    public static final Seconds NONE = new Seconds(0, 0, 0);
}
