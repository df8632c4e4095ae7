package org.iclsweep.model.family;

/**
 * A model type by its {@code model_type}, with the record that its configurations are read into.
 *
 * @param isTrained true if the starts that its parameters declare are made for training; else random ones are better
 */
public record Family(String modelType, Class<? extends FamilyFields> fields, boolean isTrained) {}
