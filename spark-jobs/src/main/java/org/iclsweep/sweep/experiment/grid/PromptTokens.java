package org.iclsweep.sweep.experiment.grid;

/**
 * The numbers of tokens of a trial's prompts.
 *
 * @param context tokens of the context
 * @param queries tokens of all the queries that judge, their answers not included
 * @param straddling queries before which a token lies partly in the context's text, partly in the query's
 */
public record PromptTokens(long context, long queries, long straddling) {}
