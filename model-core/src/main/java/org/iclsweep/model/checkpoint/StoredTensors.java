package org.iclsweep.model.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The tensors of a checkpoint's files, by their names there. */
public final class StoredTensors implements Weights {
    private final Path directory;
    private final Map<String, SafetensorsReader> readers;

    StoredTensors(Path directory, Map<String, SafetensorsReader> readers) {
        this.directory = directory;
        this.readers = Collections.unmodifiableMap(new LinkedHashMap<>(readers));
    }

    @Override
    public Set<String> names() {
        return readers.keySet();
    }

    @Override
    public long[] shape(String name) {
        return reader(name).shape(name);
    }

    @Override
    public StoredType storedType(String name) {
        return reader(name).storedType(name);
    }

    @Override
    public NDArray read(NDManager manager, String name, DataType type) {
        return reader(name).read(manager, name, type);
    }

    /**
     * Writes the bytes of a tensor to {@code target}.
     *
     * @throws CheckpointException if there is no such tensor, or it cannot be read
     * @throws IOException if the target fails
     */
    public void copyTo(String name, WritableByteChannel target) throws IOException {
        reader(name).copyTo(name, target);
    }

    private SafetensorsReader reader(String name) {
        SafetensorsReader reader = readers.get(name);
        if (reader == null) {
            throw new CheckpointException(directory + " has no tensor '" + name + "'");
        }
        return reader;
    }
}
