package org.iclsweep.model.family;

/**
 * A model type.
 *
 * @param modelType the {@code model_type} of its configurations
 * @param fields the record that a configuration is read into
 * @param isTrained true if the starts that its parameters declare are made for training it; else a random model is the
 *     better one
 */
public record Family(String modelType, Class<? extends FamilyFields> fields, boolean isTrained) {}
