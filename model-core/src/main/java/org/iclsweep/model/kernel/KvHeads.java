package org.iclsweep.model.kernel;

import java.util.OptionalDouble;

/**
 * The heads of a softmax attention.
 *
 * @param heads query heads H
 * @param keyValueHeads Hk, each of which serves H / Hk query heads
 * @param headDimension d
 * @param ropeTheta base of the rotary angles, empty for no positions
 * @param scale c
 */
public record KvHeads(int heads, int keyValueHeads, int headDimension, OptionalDouble ropeTheta, double scale) {}
