package org.iclsweep.model.family;

/** A model type: the meaning of its config.json, the names and shapes of its parameters, the parts of its blocks. */
public interface Family {
    /** The {@code model_type} of its configurations. */
    String modelType();

    /** The architecture that {@code fields} describe; faults are left in {@code fields}. */
    Architecture read(ConfigurationFields fields);

    /**
     * True if the starts that its parameters declare are made for training it; else a random model is the better one.
     */
    default boolean isTrained() {
        return true;
    }
}
