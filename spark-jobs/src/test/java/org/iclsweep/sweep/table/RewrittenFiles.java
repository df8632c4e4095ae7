package org.iclsweep.sweep.table;

import java.util.List;

/** Manifests for files that a test has written anew: as if they had been committed with their present content. */
public final class RewrittenFiles {
    private RewrittenFiles() {}

    /** The text of a manifest or a plan that a test has changed, as if an earlier version had written it. */
    public static String unchecked(String json) {
        return json.replaceAll(",\\s*\"checksum\" : \"[0-9a-f]{64}\"", "");
    }

    public static void accept(Storage storage, List<String> tables) {
        for (Manifest wave : Manifests.of(storage, tables).waves()) {
            List<Manifest.Part> parts = wave.tables().stream()
                    .map(part -> new Manifest.Part(
                            part.table(),
                            part.rows(),
                            part.files().stream()
                                    .map(file -> new Manifest.DataFile(
                                            file.path(),
                                            DataFiles.bytes(storage, file.path()),
                                            DataFiles.sha256(storage, file.path())))
                                    .toList()))
                    .toList();
            Manifest accepted = new Manifest(wave.wave(), wave.plan(), wave.first(), wave.end(), wave.failed(), parts);
            storage.replace(Manifests.name(wave.wave()), CheckedJson.write(accepted));
        }
    }
}
