package org.iclsweep.datasets.task;

import org.iclsweep.datasets.fault.Key;

/** The keys of a task of texts that change its prompts, and no example: read by those who make prompts. */
record PromptKeys(
        @Key(
                doc =
                        "`true`: the template up to `{label}` is the user's turn and the label, trimmed, the assistant's, by the"
                                + " model's own chat template.",
                otherwise = "false")
        boolean chat,

        @Key(doc = "A text before the demonstrations; with `chat`, the system's turn.", otherwise = "''")
        String instruction,

        @Key(
                doc =
                        "Special tokens before a prompt, as a BOS: `tokenizer` for those that the model's own tokenizer puts"
                                + " there, or `none`. A chat template writes its own.",
                choices = {"tokenizer", "none"},
                otherwise = "tokenizer")
        String specialTokens) {}
