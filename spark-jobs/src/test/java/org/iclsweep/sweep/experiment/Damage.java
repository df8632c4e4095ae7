package org.iclsweep.sweep.experiment;

import java.util.Arrays;
import org.iclsweep.sweep.RawFiles;

/**
 * A fault of a finished sweep's directory: to the first file of a table's second wave, to its manifest, or to the plan.
 */
public enum Damage {
    FILE_CUT(Kind.ROWS),
    FILE_EMPTIED(Kind.ROWS),
    FILE_DELETED(Kind.ROWS),
    FILE_RENAMED(Kind.ROWS),
    WAVE_DELETED(Kind.ROWS),
    WAVE_RENAMED(Kind.ROWS),
    BIT_FLIPPED(Kind.CONTENT),
    BIT_FLIPPED_WITHOUT_CHECKSUM_FILES(Kind.CONTENT),
    FILE_ADDED(Kind.BESIDE),
    WAVE_ADDED(Kind.BESIDE),
    MANIFEST_CUT(Kind.MANIFEST),
    MANIFEST_EMPTIED(Kind.MANIFEST),
    MANIFEST_RENAMED(Kind.MANIFEST),
    MANIFEST_ADDED(Kind.MANIFEST),
    MANIFEST_BIT_FLIPPED(Kind.MANIFEST),
    MANIFEST_DELETED(Kind.UNCOMMITTED),
    PLAN_CUT(Kind.PLAN),
    PLAN_BIT_FLIPPED(Kind.PLAN);

    /** The part of the directory that is not as it was. */
    public enum Kind {
        /** Rows of a committed wave are not there. */
        ROWS,
        /** They are there, and their bytes are others. */
        CONTENT,
        /** There is more than the sweep's own. */
        BESIDE,
        /** A commit cannot be read, or is not what its name says. */
        MANIFEST,
        /** A wave is there that nothing commits. */
        UNCOMMITTED,
        PLAN
    }

    private static final String MANIFEST = "manifests/000001.json";
    private static final String PLAN = "plan.json";

    private final Kind kind;

    Damage(Kind kind) {
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /**
     * Does it, and returns the name by which commands must call it.
     *
     * @param file the file of the table, by its name in the directory
     */
    public String to(RawFiles files, String file) {
        String place = file.substring(0, file.lastIndexOf('/'));
        return switch (this) {
            case FILE_CUT -> written(files, file, Arrays.copyOf(files.read(file), 100));
            case FILE_EMPTIED -> written(files, file, new byte[0]);
            case FILE_DELETED -> deleted(files, file);
            case FILE_RENAMED -> renamed(files, file, place + "/renamed.parquet", file);
            case WAVE_DELETED -> {
                files.delete(place);
                yield file;
            }
            case WAVE_RENAMED -> renamed(files, place, place.replace("wave=000001", "wave=000001.bad"), file);
            case BIT_FLIPPED -> flipped(files, file);
            case BIT_FLIPPED_WITHOUT_CHECKSUM_FILES -> {
                files.list(place).stream()
                        .filter(name -> name.endsWith(".crc"))
                        .forEach(name -> files.delete(place + "/" + name));
                yield flipped(files, file);
            }
            case FILE_ADDED -> copied(files, file, place + "/added.parquet");
            case WAVE_ADDED -> {
                String wave = file.substring(0, file.indexOf('/', file.indexOf('/') + 1));
                yield copied(files, wave, wave.replace("wave=000001", "wave=000001.bad"));
            }
            case MANIFEST_CUT -> written(files, MANIFEST, Arrays.copyOf(files.read(MANIFEST), 30));
            case MANIFEST_EMPTIED -> written(files, MANIFEST, new byte[0]);
            case MANIFEST_RENAMED -> renamed(files, MANIFEST, "manifests/000099.json", "manifests/000099.json");
            case MANIFEST_ADDED -> copied(files, MANIFEST, "manifests/000099.json");
            case MANIFEST_BIT_FLIPPED -> flipped(files, MANIFEST);
            case MANIFEST_DELETED -> {
                files.delete(MANIFEST);
                yield file.substring(0, file.indexOf('/'));
            }
            case PLAN_CUT -> written(files, PLAN, Arrays.copyOf(files.read(PLAN), 30));
            case PLAN_BIT_FLIPPED -> flipped(files, PLAN);
        };
    }

    private static String written(RawFiles files, String name, byte[] bytes) {
        files.write(name, bytes);
        return name;
    }

    private static String deleted(RawFiles files, String name) {
        files.delete(name);
        return name;
    }

    private static String renamed(RawFiles files, String from, String to, String called) {
        files.rename(from, to);
        return called;
    }

    private static String copied(RawFiles files, String from, String to) {
        files.copy(from, to);
        return to;
    }

    /** A digit or a letter in the middle, so that the text stays what it was but for its meaning. */
    private static String flipped(RawFiles files, String name) {
        byte[] bytes = files.read(name);
        int at = bytes.length / 2;
        while (!Character.isLetterOrDigit(bytes[at])) {
            at++;
        }
        bytes[at] ^= 1;
        files.write(name, bytes);
        return name;
    }
}
