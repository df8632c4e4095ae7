package org.iclsweep.sweep.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An example of a document: a fenced block, or lines that are indented by four spaces.
 *
 * @param document the document, by its path from the project's root
 * @param line the number of the first line of the example
 * @param language the word behind the fence; {@code indented} without one
 * @param lines the lines, without the fence
 */
record DocumentBlock(Path document, int line, String language, List<String> lines) {
    static final String INDENTED = "indented";

    /** A comment that exempts the commands of a block, with the reason. */
    static final Pattern NOT_RUN = Pattern.compile("# not run by the tests: \\S.*");

    /** A sentence that exempts the commands of a page, with the reason. */
    private static final Pattern PAGE_NOT_RUN =
            Pattern.compile("commands (of|on) this page are not run by the tests: \\S");

    /** A configuration that the reader keeps in a file: its name is a comment in the first line. */
    private static final Pattern FILE = Pattern.compile("# ([\\w-]+\\.conf)\\b.*");

    DocumentBlock {
        lines = List.copyOf(lines);
    }

    static List<DocumentBlock> of(Path root, Path document) throws IOException {
        List<DocumentBlock> blocks = new ArrayList<>();
        List<String> lines = Files.readAllLines(root.resolve(document));
        for (int i = 0; i < lines.size(); i++) {
            Matcher fence = Pattern.compile("\\s*```\\s*(.*)").matcher(lines.get(i));
            if (fence.matches()) {
                int end = i + 1;
                while (end < lines.size() && !lines.get(end).strip().equals("```")) {
                    end++;
                }
                blocks.add(new DocumentBlock(document, i + 2, fence.group(1), lines.subList(i + 1, end)));
                i = end;
            } else if (lines.get(i).startsWith("    ")
                    && (i == 0 || lines.get(i - 1).isBlank())) {
                int end = i;
                while (end < lines.size() && lines.get(end).startsWith("    ")) {
                    end++;
                }
                List<String> text =
                        lines.subList(i, end).stream().map(String::strip).toList();
                blocks.add(new DocumentBlock(document, i + 1, INDENTED, text));
                i = end;
            }
        }
        return blocks;
    }

    static boolean exempts(String page) {
        return PAGE_NOT_RUN.matcher(page.replaceAll("\\s+", " ")).find();
    }

    String place() {
        return document + ":" + line;
    }

    boolean isShell() {
        return language.equals("sh") || language.equals("console");
    }

    boolean isMarked() {
        return lines.stream().anyMatch(text -> NOT_RUN.matcher(text).matches());
    }

    /** The name of the file that the reader keeps the example in. */
    Optional<String> file() {
        Matcher name = FILE.matcher(lines.isEmpty() ? "" : lines.get(0));
        return name.matches() ? Optional.of(name.group(1)) : Optional.empty();
    }

    /**
     * A command of the shell, over as many lines as it takes.
     *
     * @param text the command
     * @param answer the lines that it prints, in a block that shows them; elsewhere none
     */
    record Command(String text, List<String> answer) {
        Command {
            answer = List.copyOf(answer);
        }
    }

    /** The commands of a block of the shell. */
    List<Command> commands() {
        boolean shown = language.equals("console");
        List<Command> commands = new ArrayList<>();
        for (int i = 0; i < lines.size(); ) {
            String first = lines.get(i++);
            if (first.isBlank() || first.startsWith("#")) {
                continue;
            }
            StringBuilder text = new StringBuilder(shown ? first.replaceFirst("^\\$ ", "") : first);
            Matcher here = Pattern.compile("<<\\s*'?(\\w+)'?").matcher(text);
            String end = here.find() ? here.group(1) : "";
            while (i < lines.size() && goesOn(text, end)) {
                text.append('\n').append(lines.get(i++));
            }
            List<String> answer = new ArrayList<>();
            while (shown && i < lines.size() && !lines.get(i).startsWith("$ ")) {
                answer.add(lines.get(i++));
            }
            commands.add(new Command(text.toString(), answer));
        }
        return commands;
    }

    private static boolean goesOn(StringBuilder text, String end) {
        String all = text.toString();
        return end.isEmpty()
                ? all.endsWith("\\") || all.chars().filter(c -> c == '\'').count() % 2 == 1
                : !all.endsWith("\n" + end);
    }
}
