package org.iclsweep.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/** The peer: a Python process of one thread, which answers a line with a line. */
final class PeerProcess implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PYTHON = "ICL_SWEEP_PYTHON";

    private final Process process;
    private final BufferedWriter commands;
    private final BufferedReader answers;
    private final JsonNode versions;

    /** Starts it; it has loaded its model when this returns. */
    PeerProcess(Path task) throws IOException {
        String python = System.getenv().getOrDefault(PYTHON, "python3");
        ProcessBuilder builder = new ProcessBuilder(python, "benchmarks/peers/peer.py", task.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment()
                .putAll(Map.of("OMP_NUM_THREADS", "1", "MKL_NUM_THREADS", "1", "TOKENIZERS_PARALLELISM", "false"));
        this.process = builder.start();
        this.commands = process.outputWriter();
        this.answers = process.inputReader();
        this.versions = answer();
    }

    /** The versions of Python and of its packages. */
    JsonNode versions() {
        return versions;
    }

    /** The answer to a command. */
    JsonNode ask(String command) throws IOException {
        commands.write(command + "\n");
        commands.flush();
        return answer();
    }

    private JsonNode answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException(
                    PYTHON + ": expected a Python with torch, transformers and safetensors, found one whose"
                            + " peer.py ended; see above, install them (python3 -m venv DIR && DIR/bin/pip install -r"
                            + " benchmarks/peers/requirements.txt) and set " + PYTHON + "=DIR/bin/python");
        }
        return JSON.readTree(line);
    }

    /** The processor seconds of a batch; {@code prompted} is its kind of prompted run. */
    double seconds(int batch, String prompted) throws IOException {
        return ask("work " + batch + " " + prompted).get("seconds").asDouble();
    }

    /** The best label's score minus the second best's for each query that has labels, of {@code run}. */
    static List<Double> margins(JsonNode checked, String run) {
        return StreamSupport.stream(checked.get("batches").spliterator(), false)
                .flatMap(batch -> StreamSupport.stream(batch.get(run).spliterator(), false))
                .filter(labels -> labels.size() > 1)
                .map(labels -> {
                    double[] scores = JSON.convertValue(labels, double[].class);
                    Arrays.sort(scores);
                    return scores[scores.length - 1] - scores[scores.length - 2];
                })
                .toList();
    }

    @Override
    public void close() throws IOException {
        commands.close();
        process.destroy();
    }
}
