package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.model.conversion.ConvertedModels.Size;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;

/** No conversion: the context is dropped. The lower end of every comparison. */
@Named(value = ZeroShot.NAME, doc = "No conversion, the bare model.")
public record ZeroShot() implements ConversionMethod {
    public static final String NAME = "none";

    @Override
    public List<ConvertedModels> converted(
            LanguageModel model, NDManager batch, ContextBatch contexts, Padding padding) {
        ContextState initial = model.initialState(batch);
        ContextState same = initial.select(batch.create(new long[contexts.size()]));
        return IntStream.range(0, contexts.depth())
                .mapToObj(segment -> ConvertedModels.sized(model, same, contexts.size(), context -> Size.NOTHING))
                .toList();
    }
}
