package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.FeedForward;
import org.iclsweep.model.family.Mixing;
import org.iclsweep.model.family.ResidualBranch;
import org.iclsweep.model.kernel.CrossLayerValues;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Parameters;

/**
 * A decoder from top to bottom: embeddings, residual blocks, final norm, head. The form of the run decides how token
 * mixers compute; everything else is done token by token. The tensors belong to the model.
 */
record Decoder(Architecture layout, Map<String, NDArray> tensors, DataType type) {
    /** Bytes of the stream whose feed-forward part is computed at once, and the least number of tokens. */
    private static final long STRETCH_BYTES = 1L << 20;

    private static final long LEAST_STRETCH = 256;

    /** The residual stream h [B, T, D] between two blocks, and the values that blocks before have passed on. */
    record Stream(NDArray hidden, CrossLayerValues passed) {}

    /** The form of a run: its slots, the tensors that the sequence follows, and how a mixer computes. */
    interface Form {
        SlotLayout slots();

        /** The biases, positions and patches of what was read before. */
        Parameters before();

        /** The output of {@code mixer} with the {@code weights} below {@code module}. */
        TokenMixer.Output mix(TokenMixer mixer, String module, TokenMixer.Input input, Parameters weights);
    }

    Parameters parameters() {
        return Parameters.of(tensors);
    }

    /** The branches of a block that read one stream, the {@code index}-th of it. */
    private record Group(int layer, int index) {}

    /**
     * The last hidden states in the {@code scored} slots [N, D]. Behind the last mixer no token reads another: these
     * slots alone are computed there, if they can be.
     */
    NDArray hidden(NDManager batch, TokenSequence[] rows, Form form, ScoredSlots scored) {
        Group last = lastMixed(form);
        Stream stream = embed(batch, rows, form);
        ScoredSlots there = scored;
        for (int layer = 0; layer < layout.dimensions().layers(); layer++) {
            List<List<ResidualBranch>> groups = groups(layer);
            for (int group = 0; group < groups.size(); group++) {
                stream = residual(layer, groups.get(group), stream, form, there);
                if (scored.canBeAlone() && new Group(layer, group).equals(last)) {
                    stream = new Stream(scored.in(stream.hidden()).expandDims(0), stream.passed());
                    there = scored.alone();
                }
            }
            there.layer(layer, stream.hidden());
        }
        return there == scored ? scored.in(stream.hidden()) : stream.hidden().squeeze(0);
    }

    /** Reads the {@code rows} up to the last mixer, whose output nobody asks for: what a form captures is there. */
    void read(NDManager batch, TokenSequence[] rows, Form form) {
        Group last = lastMixed(form);
        ScoredSlots none = ScoredSlots.none(batch);
        Stream stream = embed(batch, rows, form);
        for (int layer = 0; layer <= last.layer(); layer++) {
            List<List<ResidualBranch>> groups = groups(layer);
            int end = layer == last.layer() ? last.index() + 1 : groups.size();
            for (List<ResidualBranch> group : groups.subList(0, end)) {
                stream = residual(layer, group, stream, form, none);
            }
        }
        stream.hidden().close();
    }

    /** The last branches with a mixer; the last of all where feed-forward parts differ from row to row. */
    private Group lastMixed(Form form) {
        Group last = new Group(-1, 0);
        for (int layer = 0; layer < layout.dimensions().layers(); layer++) {
            List<List<ResidualBranch>> groups = groups(layer);
            for (int group = 0; group < groups.size(); group++) {
                boolean mixes = groups.get(group).stream()
                        .anyMatch(branch -> branch.function() instanceof Mixing
                                || FeedForwardPatch.in(form.before().in(branch.module())) != null);
                last = mixes ? new Group(layer, group) : last;
            }
        }
        return last;
    }

    /** The stream before the first block. */
    Stream embed(NDManager batch, TokenSequence[] rows, Form form) {
        NDArray embedded =
                new InputEmbedding(layout, parameters(), type).embed(batch, rows, form.slots(), form.before());
        NDArray hidden = layout.embeddingNorm()
                .map(norm -> norm.apply(embedded, parameters()))
                .orElse(embedded);
        boolean isRead = layout.mixers().values().stream().anyMatch(TokenMixer::readsEmbeddings);
        return new Stream(
                hidden,
                isRead ? CrossLayerValues.NONE.with(CrossLayerValues.EMBEDDINGS, hidden) : CrossLayerValues.NONE);
    }

    /** The stream after the block {@code layer}. */
    Stream block(int layer, Stream above, Form form, ScoredSlots observed) {
        Stream stream = above;
        for (List<ResidualBranch> group : groups(layer)) {
            stream = residual(layer, group, stream, form, observed);
        }
        observed.layer(layer, stream.hidden());
        return stream;
    }

    /** The branches of a block, those that read one stream together. */
    private List<List<ResidualBranch>> groups(int layer) {
        List<ResidualBranch> branches = layout.blocks().get(layer);
        List<List<ResidualBranch>> groups = new ArrayList<>();
        int next = 0;
        while (next < branches.size()) {
            int first = next++;
            while (next < branches.size() && branches.get(next).isBeside()) {
                next++;
            }
            groups.add(branches.subList(first, next));
        }
        return groups;
    }

    /**
     * skip(h) + Σ c after(function(a norm(h))) over the branches that read h, with a patch where there is one; what is
     * needed in between is freed, and so is h.
     */
    private Stream residual(int layer, List<ResidualBranch> branches, Stream above, Form form, ScoredSlots observed) {
        NDArray hidden = above.hidden();
        NDManager batch = hidden.getManager();
        try (NDManager scope = batch.newSubManager()) {
            hidden.attach(scope);
            NDArray normed = branches.get(0).normed(hidden, parameters());
            NDArray skipped = branches.get(0).skipped(hidden, normed);
            Stream next = new Stream(skipped, above.passed());
            for (ResidualBranch branch : branches) {
                FeedForwardPatch patch = FeedForwardPatch.in(form.before().in(branch.module()));
                NDArray read = patch == null ? normed : patch.read(normed);
                TokenMixer.Input input = new TokenMixer.Input(scaled(read, branch.inputFactor()), next.passed());
                if (branch.function() instanceof FeedForward) {
                    observed.feedForward(layer, skipped, normed);
                }
                TokenMixer.Output output = output(branch, input, form, observed);
                NDArray sum = next.hidden().add(output.output());
                next = new Stream(patch == null ? sum : patch.shifted(sum), output.passed());
            }
            next.hidden().attach(batch);
            return new Stream(next.hidden(), next.passed().attachedTo(batch));
        }
    }

    /** The addition of {@code branch} to the stream: its function's output after the second norm, times its factor. */
    private TokenMixer.Output output(ResidualBranch branch, TokenMixer.Input input, Form form, ScoredSlots observed) {
        Parameters own = parameters().in(branch.module());
        Parameters weights =
                branch.shared().map(module -> own.or(parameters().in(module))).orElse(own);
        if (branch.function() instanceof Mixing mixing) {
            TokenMixer.Output mixed = form.mix(mixing.mixer(), branch.module(), input, weights);
            TokenMixer.Output output = new TokenMixer.Output(added(branch, mixed.output()), mixed.passed());
            observed.mixed(branch.module(), output.output());
            return output;
        }
        NDList chosen = new NDList();
        NDArray output = inStretches((FeedForward) branch.function(), input.x(), weights, chosen);
        if (!chosen.isEmpty()) {
            observed.routed(branch.module(), chosen);
        }
        return input.output(added(branch, output));
    }

    private NDArray added(ResidualBranch branch, NDArray output) {
        NDArray normed =
                branch.after().map(norm -> norm.apply(output, parameters())).orElse(output);
        return scaled(normed, branch.outputFactor());
    }

    private static NDArray scaled(NDArray x, double factor) {
        return factor == 1 ? x : Activations.scaled(x, factor);
    }

    /**
     * f(x), a stretch of tokens at a time: its inner units are several times as wide as the stream. {@code chosen} gets
     * the experts of the tokens, stretch by stretch.
     */
    private static NDArray inStretches(FeedForward function, NDArray x, Parameters weights, NDList chosen) {
        Shape shape = x.getShape();
        long tokens = shape.get(0) * shape.get(1);
        long stretch = Math.max(
                LEAST_STRETCH, STRETCH_BYTES / (shape.get(2) * x.getDataType().getNumOfBytes()));
        if (tokens <= stretch) {
            return function.apply(x, weights, chosen::add);
        }
        NDArray row = x.reshape(1, tokens, shape.get(2));
        NDList parts = new NDList();
        for (long from = 0; from < tokens; from += stretch) {
            try (NDManager scope = x.getManager().newSubManager()) {
                NDArray part = Heads.part(row, 1, from, Math.min(tokens, from + stretch));
                part.attach(scope);
                NDArray output = function.apply(part, weights, experts -> {
                    experts.attach(x.getManager());
                    chosen.add(experts);
                });
                output.attach(x.getManager());
                parts.add(output);
            }
        }
        NDArray outputs = NDArrays.concat(parts, 1).reshape(shape);
        parts.close();
        return outputs;
    }

    /** Logits [N, V] (the read-out [N, outputs] of a regression model) of last hidden states [N, D]. */
    NDArray logits(NDArray hidden) {
        return capped(Linear.linear(beforeHead(hidden), head(), null).singletonOrThrow());
    }

    /** The input of the head [N, D] of last hidden states [N, D]. */
    NDArray beforeHead(NDArray hidden) {
        return layout.finalNorm().apply(hidden, parameters());
    }

    /** The logits of the tokens [from, to) alone [N, to − from], of the head's input {@code normed} [N, D]. */
    NDArray logits(NDArray normed, int from, int to) {
        NDArray weights = head();
        if (to - from == weights.getShape().get(0)) {
            return capped(Linear.linear(normed, weights, null).singletonOrThrow());
        }
        try (NDArray part = weights.get(from + ":" + to)) {
            part.attach(normed.getManager());
            return capped(Linear.linear(normed, part, null).singletonOrThrow());
        }
    }

    private NDArray head() {
        String head = layout.dimensions().outputSize() > 0 ? Architecture.READOUT : Architecture.HEAD;
        return parameters().get(tensors.containsKey(head) ? head : layout.embedding());
    }

    private NDArray capped(NDArray logits) {
        NDArray scaled = scaled(logits, layout.logitFactor());
        OptionalDouble cap = layout.logitCap();
        return cap.isEmpty()
                ? scaled
                : Activations.scaled(
                        Activations.scaled(scaled, 1 / cap.getAsDouble()).tanh(), cap.getAsDouble());
    }
}
