package org.iclsweep.model.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.datasets.fault.OneOf;
import org.iclsweep.datasets.fault.Utf8Text;

/** A file of texts to train on. */
@OneOf(value = "form", doc = "`labelled`: JSON Lines with text and label; `wikitext`; `speeches` of plays.")
public sealed interface TextSource extends Serializable {

    /** Where it is. */
    File file();

    /** Texts with fewer words teach nothing about words near each other. */
    int LEAST_WORDS = 5;

    /**
     * JSON Lines with the fields {@code text} and {@code label}.
     *
     * @param name of the data set
     * @param without labels whose rows are left out: classes that the model must never see
     */
    @Named("labelled")
    record Labelled(
            @Key(doc = "Name of the data set.") String name,
            @Key(doc = "The file.") File file,

            @Key(doc = "Labels whose rows are left out.", otherwise = "[]")
            Set<String> without)
            implements TextSource {
        public Labelled {
            without = Set.copyOf(without);
        }

        /** The texts of each label, in the order of the labels' names. */
        Map<String, List<String>> classes() {
            Map<String, List<String>> classes = new TreeMap<>();
            ObjectMapper json = new ObjectMapper();
            int number = 0;
            for (String line : lines(file)) {
                number++;
                try {
                    JsonNode row = json.readTree(line);
                    String label = row.path("label").asText();
                    if (!row.path("text").isTextual() || label.isEmpty()) {
                        throw new TrainingException(file + ":" + number + ": expected the fields text and label");
                    }
                    if (!without.contains(label)) {
                        classes.computeIfAbsent(label, key -> new ArrayList<>())
                                .add(row.path("text").asText());
                    }
                } catch (IOException e) {
                    throw new TrainingException(file + ":" + number + ": expected JSON, found: " + e.getMessage(), e);
                }
            }
            if (classes.isEmpty()) {
                throw new TrainingException(file + ": expected rows to train on, found none");
            }
            return classes;
        }
    }

    /** Running text without labels. */
    @OneOf(value = "form", doc = "`wikitext`, or `speeches` of plays.")
    sealed interface Unlabelled extends TextSource {
        /** Its parts that teach something, in the order of the file. */
        List<String> texts();
    }

    /**
     * WikiText: lines with headings between {@code = =}, cut into sentences; a sign between two {@code @} loses its
     * spaces.
     */
    @Named("wikitext")
    record WikiText(@Key(doc = "The file.") File file) implements Unlabelled {
        private static final Pattern HEADING = Pattern.compile("=.*=");
        private static final Pattern JOINED = Pattern.compile(" @(.)@ ");
        private static final Pattern SENTENCE_END = Pattern.compile("(?<= [.?!]) ");

        @Override
        public List<String> texts() {
            return lines(file).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !HEADING.matcher(line).matches())
                    .map(line -> line.replace("<unk>", " "))
                    .map(line -> JOINED.matcher(line).replaceAll("$1"))
                    .flatMap(SENTENCE_END::splitAsStream)
                    .filter(TextSource::hasEnoughWords)
                    .toList();
        }
    }

    /** Speeches of plays: blocks between empty lines, the speaker in the first line of each. */
    @Named("speeches")
    record Speeches(@Key(doc = "The file.") File file) implements Unlabelled {
        @Override
        public List<String> texts() {
            return Arrays.stream(String.join("\n", lines(file)).split("\n\n"))
                    .map(block -> block.split("\n"))
                    .map(block -> String.join(" ", Arrays.asList(block).subList(1, block.length)))
                    .filter(TextSource::hasEnoughWords)
                    .toList();
        }
    }

    private static boolean hasEnoughWords(String text) {
        return words(text).length >= LEAST_WORDS;
    }

    /** The parts of {@code text} between white space. */
    static String[] words(String text) {
        String stripped = text.strip();
        return stripped.isEmpty() ? new String[0] : stripped.split("\\s+");
    }

    private static List<String> lines(File file) {
        try {
            return Utf8Text.of(file.toPath()).lines().toList();
        } catch (IOException e) {
            throw new TrainingException(file + " cannot be read: " + e, e);
        }
    }
}
