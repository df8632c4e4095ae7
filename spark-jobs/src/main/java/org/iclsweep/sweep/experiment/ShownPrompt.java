package org.iclsweep.sweep.experiment;

import java.util.List;

/**
 * A prompt as its model reads it, for people.
 *
 * @param heading the trial and the query
 * @param context the texts of the context's tokens, one by one; ids where a model has no tokenizer
 * @param query the same of the query's
 */
public record ShownPrompt(String heading, List<String> context, List<String> query) {}
