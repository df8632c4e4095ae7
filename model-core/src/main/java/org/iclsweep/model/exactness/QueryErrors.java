package org.iclsweep.model.exactness;

/**
 * The errors of the converted logits of one query against the prompted ones, over its scored positions.
 *
 * @param maxAbsolute the largest |Δ|
 * @param relative ‖Δ‖₂ / ‖prompted‖₂
 * @param meanKl mean over positions of KL(prompted ‖ converted), in nats; 0 for regression
 * @param maxKl the largest of these
 * @param topAgreement share of positions with the same most likely token; 1 for regression
 * @param finite true if all logits of both runs are finite
 */
public record QueryErrors(
        double maxAbsolute, double relative, double meanKl, double maxKl, double topAgreement, boolean finite) {}
