package org.iclsweep.sweep.job;

import java.util.LinkedHashMap;
import java.util.Map;

/** The vocabulary of run events by OpenLineage's specification 2-0-2: facets and the names of datasets. */
final class OpenLineage {
    static final String PRODUCER = "https://github.com/icl-sweep/icl-sweep/tree/" + CodeVersion.CURRENT;
    static final String SPECIFICATION = "https://openlineage.io/spec/";
    static final String EVENT = SPECIFICATION + "2-0-2/OpenLineage.json#/$defs/RunEvent";
    private static final String HUB = "hf:";

    private OpenLineage() {}

    /** The transitions of a run. */
    enum Transition {
        START,
        COMPLETE,
        ABORT,
        FAIL
    }

    /** The schemas of the facets that are used, by their versions. */
    enum Facet {
        JOB_TYPE("facets/2-0-4", "JobTypeJobFacet"),
        NOMINAL_TIME("facets/1-0-1", "NominalTimeRunFacet"),
        PROCESSING_ENGINE("facets/1-1-1", "ProcessingEngineRunFacet"),
        ERROR_MESSAGE("facets/1-0-1", "ErrorMessageRunFacet"),
        VERSION("facets/1-0-1", "DatasetVersionDatasetFacet"),
        SCHEMA("facets/1-2-0", "SchemaDatasetFacet"),
        OUTPUT_STATISTICS("facets/1-0-2", "OutputStatisticsOutputDatasetFacet");

        private final String url;

        Facet(String version, String name) {
            this.url = "%s%s/%s.json#/$defs/%s".formatted(SPECIFICATION, version, name, name);
        }

        /** The facet with its fields. */
        Map<String, Object> with(Map<String, ?> fields) {
            Map<String, Object> facet = new LinkedHashMap<>();
            facet.put("_producer", PRODUCER);
            facet.put("_schemaURL", url);
            facet.putAll(fields);
            return facet;
        }
    }

    /**
     * A dataset by its place: {@code file} and a path, {@code hdfs://HOST:PORT} and a path, {@code s3://BUCKET} and a
     * key, or {@code hf} and a name in the hub.
     */
    static Map<String, Object> dataset(String location) {
        Map<String, Object> dataset = new LinkedHashMap<>();
        if (location.startsWith(HUB)) {
            dataset.put("namespace", "hf");
            dataset.put("name", location.substring(HUB.length()));
        } else if (location.contains("://")) {
            int path = location.indexOf('/', location.indexOf("://") + 3);
            String root = path < 0 ? location : location.substring(0, path);
            String name = path < 0 ? "/" : location.substring(path);
            boolean objects = root.startsWith("s3a://");
            dataset.put("namespace", root.equals("file://") ? "file" : objects ? "s3" + root.substring(3) : root);
            dataset.put("name", objects ? name.substring(1) : name);
        } else {
            dataset.put("namespace", "file");
            dataset.put("name", location);
        }
        return dataset;
    }
}
