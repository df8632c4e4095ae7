package org.iclsweep.model.prompt;

/**
 * The tokens of a text, and the characters that each stands for: code points [{@code starts}, {@code ends}).
 *
 * @param ids token ids [T]
 * @param starts first code point of each token [T]; tokens of one character's bytes all have that character
 * @param ends code point after the last of each token [T]
 * @param words index of the word (the pre-tokenizer's piece) that each token is a part of [T]
 */
public record TextTokens(int[] ids, int[] starts, int[] ends, int[] words) {
    /** No tokens. */
    public static final TextTokens NONE = new TextTokens(new int[0], new int[0], new int[0], new int[0]);

    /** T. */
    public int length() {
        return ids.length;
    }
}
