package org.iclsweep.datasets.task;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.Place;

/**
 * The faults of data files, up to {@value #MOST} different ones: a file with so many is the wrong one, and is not read
 * on. A fault that many rows have, as a misspelt column is, is one with the place of the first.
 */
final class DataFaults {
    static final int MOST = 20;
    /** Rows with a fault after which a file is not read on, however few different ones they have. */
    private static final int MOST_ROWS = 1000;

    /** The line or row of a place in a file. */
    private static final Pattern ROW = Pattern.compile(":(?:row )?\\d+$");

    /** The rows of equal faults. */
    private final Map<Same, Rows> found = new LinkedHashMap<>();

    private int count;
    private boolean ended;

    /** A fault that rows of a file have in common. */
    private record Same(String file, String key, String message) {}

    /** The first row with a fault, and the number of all with it. */
    private record Rows(String first, int count) {
        Rows and(Rows more) {
            // A fault of a whole file that is read twice is said once.
            return first.equals(more.first) ? this : new Rows(first, count + more.count);
        }

        String others() {
            return switch (count) {
                case 1 -> "";
                case 2 -> "; the same in 1 other row";
                default -> "; the same in %s other rows".formatted(count - 1);
            };
        }
    }

    void add(String where, String found, String expected) {
        add(where, "", found, expected);
    }

    /** Adds a fault of a key of the task. */
    void add(String where, String key, String found, String expected) {
        if (!full()) {
            count++;
            String message = "expected " + expected + ", found " + found;
            String file = ROW.matcher(where).replaceFirst("");
            this.found.merge(new Same(file, key, message), new Rows(where, 1), Rows::and);
        }
    }

    /** Adds the fault of a file that is not read on because of it. */
    void addLast(String where, String found, String expected) {
        add(where, found, expected);
        ended = true;
    }

    boolean full() {
        return ended || found.size() >= MOST || count >= MOST_ROWS;
    }

    int count() {
        return count;
    }

    /** Ends the reading if there is a fault. */
    void check() {
        Faults faults = new Faults();
        found.forEach((fault, rows) ->
                faults.add(Place.of(rows.first()), fault.key(), fault.message() + rows.others() + end(faults.count())));
        faults.throwIfAny();
    }

    private String end(int before) {
        return full() && before == found.size() - 1 ? "; the file is not read on" : "";
    }
}
