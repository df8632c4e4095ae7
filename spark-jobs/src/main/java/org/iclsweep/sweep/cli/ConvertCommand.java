package org.iclsweep.sweep.cli;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ConvertedCheckpoint;
import org.iclsweep.model.conversion.ConvertedModels;
import org.iclsweep.model.prompt.Piece;
import org.iclsweep.model.prompt.ReadBefore;
import org.iclsweep.model.prompt.TokenSequence;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code convert}: a checkpoint with a context in its biases. */
@Command(
        name = "convert",
        description =
                "Writes a checkpoint whose biases hold a context: given the query alone, it returns the logits of the"
                        + " original after the context.",
        footer = "bin/icl-sweep convert --model models/text-icl --context context.txt --out converted")
final class ConvertCommand implements Callable<Integer> {
    private static final Map<String, StoredType> TYPES = Map.of(
            "float64", StoredType.F64,
            "float32", StoredType.F32,
            "bfloat16", StoredType.BF16,
            "float16", StoredType.F16);

    @Mixin
    private ModelOption named = new ModelOption();

    @Option(
            names = "--context",
            required = true,
            paramLabel = "FILE",
            description = "The context: a UTF-8 text file, or a .json file with an array of token ids.")
    private Path contextFile = Path.of("");

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Directory of the converted checkpoint; must not exist.")
    private Path out = Path.of("");

    @Option(
            names = "--dtype",
            defaultValue = "float64",
            description = "Stored type of the biases: float64 (default), float32, bfloat16, float16.")
    private String dtype = "float64";

    @Option(
            names = "--query-prefix",
            defaultValue = "",
            paramLabel = "TEXT",
            description = "The beginning of every query, which decides the last tokens of the context (default: none).")
    private String queryPrefix = "";

    @Mixin
    private TokenOptions tokens = new TokenOptions();

    @Mixin
    private MethodOptions method = new MethodOptions();

    @Override
    public Integer call() throws IOException {
        StoredType stored = TYPES.get(dtype);
        if (stored == null) {
            throw new WrongInputException("--dtype: expected one of "
                    + TYPES.keySet().stream().sorted().toList()
                    + ", found " + dtype
                    + "; int8 needs scales beside the tensors and is measured by sweeps alone: methods ="
                    + " [ { name = iclca, storage = int8 } ]");
        }
        WrongInputException.requireAbsent(out);
        Path directory = named.directory();
        try (ModelOnDisk model = ModelOnDisk.open(directory, DataType.FLOAT64, Device.cpu(), tokens.special());
                NDManager batch = model.model().newBatch()) {
            Piece given = model.contextIn(contextFile);
            Piece next = queryPrefix.isEmpty() ? Piece.NOTHING : model.text(queryPrefix);
            TokenSequence context = model.divided(given, next, "--context").context();
            ConvertedModels converted =
                    writable(method.of(model.model().layout(), directory)).convert(model.model(), batch, context);
            String text = given instanceof Piece.Text of ? of.text() : null;
            ReadBefore read = model.readBefore().then(text, context);
            ConvertedCheckpoint.write(model.checkpoint(), converted.state(), stored, read, out);
            CheckLogits.write(out, model.model(), converted.state().layout());
            System.out.printf(
                    "%s: %d context tokens in %d bias parameters (%s)%n",
                    out, context.length(), converted.sizes().get(0).parameters(), dtype);
        }
        return 0;
    }

    private static ConversionMethod writable(ConversionMethod conversion) {
        if (!conversion.isWritable()) {
            throw new WrongInputException(
                    "--method: expected a method whose result is a checkpoint of the model's type, found "
                            + conversion.name() + "; use it with verify, generate or a sweep");
        }
        return conversion;
    }
}
