package org.iclsweep.sweep.experiment.grid;

import java.io.Serializable;

/** A specification of a kind of sweep whose trials are a grid. */
public interface OnGrid extends Serializable {
    /** The grid of its trials. */
    GridSpecification grid();
}
