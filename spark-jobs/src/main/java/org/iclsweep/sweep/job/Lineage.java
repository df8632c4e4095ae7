package org.iclsweep.sweep.job;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.sweep.config.LogicalDate;
import org.iclsweep.sweep.experiment.SweepInput;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.job.OpenLineage.Facet;
import org.iclsweep.sweep.job.OpenLineage.Transition;
import org.iclsweep.sweep.table.Json;
import org.iclsweep.sweep.table.Manifest;
import org.iclsweep.sweep.table.OwnFiles;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.Table;

/**
 * The lineage of a sweep as OpenLineage's run events, in its directory: {@code lineage/TIME-RUN-START.json} for a
 * driver that begins, another file for its end, each one line. A run whose driver died is ended by the next driver.
 * Events that cannot be written are told and left out: no sweep fails for them.
 */
final class Lineage {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "yyyyMMdd'T'HHmmss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final Pattern NAME = Pattern.compile("[0-9TZ.]+-([0-9a-f-]{36})-([A-Z]+)\\.json");

    private final Storage storage;
    private final SweepPlan<?, ?> plan;
    private final List<SweepInput> inputs;
    private final String spark;
    private final String run = UUID.randomUUID().toString();
    private final Map<String, Written> written = new TreeMap<>();
    private Instant latest = Instant.EPOCH;

    /** The rows and files of a table that this run has committed. */
    private record Written(long rows, long bytes, long files) {
        Written plus(Written other) {
            return new Written(rows + other.rows, bytes + other.bytes, files + other.files);
        }

        static Written of(Manifest.Part part) {
            long bytes =
                    part.files().stream().mapToLong(Manifest.DataFile::bytes).sum();
            return new Written(part.rows(), bytes, part.files().size());
        }
    }

    /** A column of a table. */
    private record Field(String name, String type) {}

    private Lineage(Storage storage, SweepPlan<?, ?> plan, List<SweepInput> inputs, String spark) {
        this.storage = storage;
        this.plan = plan;
        this.inputs = inputs;
        this.spark = spark;
    }

    /** @param spark the version of Spark */
    static <S extends java.io.Serializable> Lineage of(Storage storage, SweepPlan<S, ?> plan, String spark) {
        return new Lineage(storage, plan, plan.experiment().inputs(plan.sweep().specification()), spark);
    }

    /** Counts a wave that is committed. */
    synchronized void committed(Manifest wave) {
        wave.tables().forEach(part -> written.merge(part.table(), Written.of(part), Written::plus));
    }

    /** Tells the begin and the end of {@code work}. */
    SweepOutcome around(Supplier<SweepOutcome> work) {
        tell(() -> {
            unended().forEach(died -> write(Transition.ABORT, died, Map.of()));
            write(Transition.START, run, facets());
        });
        try {
            SweepOutcome outcome = work.get();
            end(transition(outcome), outcome.message());
            return outcome;
        } catch (Throwable e) { // Spark throws its checked exceptions without declaring them
            end(Transition.FAIL, Failures.message(e));
            throw e;
        }
    }

    private Transition transition(SweepOutcome outcome) {
        boolean all = outcome.counts().trials() == plan.size();
        return switch (outcome.exit()) {
            case DONE -> Transition.COMPLETE;
            case TOO_MANY_FAILED -> all ? Transition.COMPLETE : Transition.FAIL;
            case INTERRUPTED, TERMINATED, BUDGET -> Transition.ABORT;
            default -> Transition.FAIL;
        };
    }

    private void end(Transition transition, String message) {
        Map<String, Object> facets = facets();
        if (transition == Transition.FAIL) {
            facets.put(
                    "errorMessage",
                    Facet.ERROR_MESSAGE.with(Map.of("message", message, "programmingLanguage", "JAVA")));
        }
        tell(() -> write(transition, run, facets));
    }

    /** The runs that have a begin and no end: this driver alone has the directory, so theirs are dead. */
    private Set<String> unended() {
        Set<String> begun = new TreeSet<>();
        Set<String> ended = new TreeSet<>();
        for (String name : storage.list(OwnFiles.LINEAGE)) {
            Matcher event = NAME.matcher(name);
            if (event.matches()) {
                (event.group(2).equals(Transition.START.name()) ? begun : ended).add(event.group(1));
            }
        }
        begun.removeAll(ended);
        return begun;
    }

    private static void tell(Runnable writing) {
        try {
            writing.run();
        } catch (RuntimeException e) {
            System.err.println("an event of the lineage could not be written; the sweep goes on without it: " + e);
        }
    }

    private void write(Transition transition, String id, Map<String, Object> runFacets) {
        Instant now = time();
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("eventType", transition.name());
        event.put("eventTime", now.toString());
        event.put("run", Map.of("runId", id, "facets", runFacets));
        event.put("job", job());
        event.put("inputs", inputs.stream().map(Lineage::input).toList());
        event.put("outputs", outputs(transition, id.equals(run)));
        event.put("producer", OpenLineage.PRODUCER);
        event.put("schemaURL", OpenLineage.EVENT);
        String name = "%s/%s-%s-%s.json".formatted(OwnFiles.LINEAGE, TIME.format(now), id, transition);
        storage.replace(name, Json.line(event) + "\n");
    }

    /** The time of an event, later than that of every event before it: names are in the order of events. */
    private Instant time() {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        latest = now.isAfter(latest) ? now : latest.plus(1, ChronoUnit.MICROS);
        return latest;
    }

    private Map<String, Object> facets() {
        Map<String, Object> facets = new LinkedHashMap<>();
        facets.put(
                "processing_engine",
                Facet.PROCESSING_ENGINE.with(
                        Map.of("name", "spark", "version", spark, "openlineageAdapterVersion", CodeVersion.CURRENT)));
        Optional<Instant> nominal = LogicalDate.ofThisProcess();
        nominal.ifPresent(time ->
                facets.put("nominalTime", Facet.NOMINAL_TIME.with(Map.of("nominalStartTime", time.toString()))));
        return facets;
    }

    private Map<String, Object> job() {
        return Map.of(
                "namespace",
                "icl-sweep",
                "name",
                plan.sweep().name(),
                "facets",
                Map.of(
                        "jobType",
                        Facet.JOB_TYPE.with(
                                Map.of("processingType", "BATCH", "integration", "ICL_SWEEP", "jobType", "SWEEP"))));
    }

    private static Map<String, Object> input(SweepInput input) {
        Map<String, Object> dataset = OpenLineage.dataset(input.location());
        dataset.put("facets", Map.of("version", version(input.version())));
        return dataset;
    }

    private static Map<String, Object> version(String sha256) {
        return Facet.VERSION.with(Map.of("datasetVersion", "sha256:" + sha256));
    }

    /** The tables; at the end of this run with their columns and with what it has committed to them. */
    private List<Map<String, Object>> outputs(Transition transition, boolean own) {
        boolean counted = own && transition != Transition.START;
        return plan.experiment().schemas().stream()
                .map(table -> output(table, counted))
                .toList();
    }

    private synchronized Map<String, Object> output(Table<?> table, boolean counted) {
        String place = plan.sweep().output().replaceAll("/+$", "");
        Map<String, Object> dataset = OpenLineage.dataset(place + "/" + table.name());
        Map<String, Object> facets = new LinkedHashMap<>();
        facets.put("version", version(plan.digest()));
        if (counted) {
            facets.put("schema", Facet.SCHEMA.with(Map.of("fields", fields(table.type()))));
            Written rows = written.getOrDefault(table.name(), new Written(0, 0, 0));
            dataset.put(
                    "outputFacets",
                    Map.of(
                            "outputStatistics",
                            Facet.OUTPUT_STATISTICS.with(
                                    Map.of("rowCount", rows.rows(), "size", rows.bytes(), "fileCount", rows.files()))));
        }
        dataset.put("facets", facets);
        return dataset;
    }

    private static List<Field> fields(StructType type) {
        return Stream.of(type.fields())
                .map(field -> new Field(field.name(), field.dataType().simpleString()))
                .toList();
    }
}
