package org.iclsweep.datasets.task;

/** Questions about a text as a sequence of characters and of words separated by white space. */
final class PlainText {
    /**
     * The most characters of a text, 2²³: tokenizers give up, and end the process, where a pattern takes ten million
     * steps at one place.
     */
    static final int LONGEST = 8 << 20;

    private PlainText() {}

    /** The text up to the end of its n-th word, spaces within as they are. */
    static String firstWords(String text, int words) {
        int left = words;
        boolean inWord = false;
        for (int i = 0; i < text.length(); i++) {
            boolean space = Character.isWhitespace(text.charAt(i)) || Character.isSpaceChar(text.charAt(i));
            if (space && inWord && --left == 0) {
                return text.substring(0, i);
            }
            inWord = !space;
        }
        return text;
    }

    /** True if every surrogate is half of a pair, so that the text can be encoded in UTF-8. */
    static boolean isWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return false;
            }
        }
        return true;
    }
}
