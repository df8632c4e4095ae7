package org.iclsweep.model.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** A file of texts to train on. */
public sealed interface TextSource {

    /** Where it is. */
    Path file();

    /** Texts with fewer words teach nothing about words near each other. */
    int LEAST_WORDS = 5;

    /**
     * JSON Lines with the fields {@code text} and {@code label}.
     *
     * @param name of the data set
     * @param without labels whose rows are left out: classes that the model must never see
     */
    record Labelled(String name, Path file, Set<String> without) implements TextSource {
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
                        throw new TrainingException(file + " line " + number + ": expected the fields text and label");
                    }
                    if (!without.contains(label)) {
                        classes.computeIfAbsent(label, key -> new ArrayList<>())
                                .add(row.path("text").asText());
                    }
                } catch (IOException e) {
                    throw new TrainingException(file + " line " + number + ": " + e.getMessage(), e);
                }
            }
            if (classes.isEmpty()) {
                throw new TrainingException(file + " has no rows to train on");
            }
            return classes;
        }
    }

    /** Running text without labels. */
    sealed interface Unlabelled extends TextSource {
        /** Its parts that teach something, in the order of the file. */
        List<String> texts();
    }

    /**
     * WikiText: lines with headings between {@code = =}, cut into sentences; a sign between two {@code @} stands
     * without spaces.
     */
    record WikiText(Path file) implements Unlabelled {
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
    record Speeches(Path file) implements Unlabelled {
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

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new TrainingException(file + " cannot be read: " + e, e);
        }
    }
}
