package org.iclsweep.sweep.cli;

import picocli.CommandLine.Option;

/** The option {@code --special-tokens}, of commands that read text. */
final class TokenOptions {
    @Option(
            names = "--special-tokens",
            paramLabel = "KIND",
            defaultValue = "tokenizer",
            description =
                    "Special tokens before a text: tokenizer (default), those that the model's tokenizer puts there,"
                            + " as one BOS; or none.")
    private String kind = "tokenizer";

    /** True for those of the tokenizer. */
    boolean special() {
        return switch (kind) {
            case "tokenizer" -> true;
            case "none" -> false;
            default -> throw new WrongInputException("--special-tokens: expected tokenizer or none, found " + kind);
        };
    }
}
