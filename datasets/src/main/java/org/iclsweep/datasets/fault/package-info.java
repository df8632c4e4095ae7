/**
 * Faults and the one typed reader of every input: sweeps, tasks, trainings, config.json, parameters of methods.
 *
 * <p>A record declares the keys of a block; a tree of located values comes from {@code JsonTree} or from an adapter of
 * another format; the reader binds the one to the other and notes every fault with file and line:
 *
 * <pre>{@code
 * @Block(spelling = Spelling.SNAKE, ignored = {"torch_dtype", "transformers_version"})
 * record Fields(
 *         @Key(doc = "Width of the stream.", from = 1, alias = "n_embd") int hiddenSize,          // required
 *         @Key(doc = "Query heads.", from = 1, name = "num_attention_heads") int heads,
 *         @Key(doc = "Base of the rotary angles.", above = 0, otherwise = "10000") double ropeTheta,
 *         @Key(doc = "φ.", otherwise = "elu") FeatureMap featureMap,                            // an enum: "elu", "relu"
 *         @Key(doc = "Kinds of the layers.", choices = {"full", "linear"}) Optional<List<String>> layerTypes,
 *         @Inline Norms norms)                                              // a record whose keys are in this block
 *         implements Checked {
 *     public void check(Scope scope) {                                      // rules across keys
 *         if (hiddenSize % heads != 0) {
 *             scope.fault("num_attention_heads", "expected a divisor of hidden_size, found " + heads);
 *         }
 *     }
 * }
 * Fields fields = new Reader().read(Fields.class, JsonTree.read(file));     // throws InputException with all faults
 * }</pre>
 *
 * <p>Where several readers share a block or a collector: {@code reader.read(Fields.class, new Scope(path, block,
 * faults), othersKeys)}, then {@code faults.throwIfAny()}. {@code reader.readEach} makes a record for every combination
 * of lists in the place of single values. {@code reader.with(Type.class, …)} adds a type. {@code reader.plain},
 * {@code identity}, {@code markdown} and {@code schema} come from the same declarations.
 */
@NullMarked
package org.iclsweep.datasets.fault;

import org.jspecify.annotations.NullMarked;
