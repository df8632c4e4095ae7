package org.iclsweep.sweep.experiment.grid;

import java.io.Serializable;
import java.util.Map;

/**
 * The estimated work of a trial in floating-point operations, from the configuration and the model's size alone: two
 * for each parameter and token; the context goes through twice, the queries three times. It decides how much is lost at
 * a kill, and is no measure of anything else.
 *
 * @param parameters the model's numbers
 * @param context tokens of a context without demonstrations
 * @param demonstration tokens of a demonstration
 * @param queries tokens of all queries of a trial
 */
record TrialWork(long parameters, double context, double demonstration, double queries) implements Serializable {
    /** The most work of a batch: some ten seconds of a core, unless a single demonstration set takes longer. */
    private static final double MOST_OF_BATCH = 1e12;
    /** Tokens of an example of a text task, and of one whose examples are vectors. */
    private static final double TEXT = 32;

    private static final double VECTORS = 2;

    static TrialWork of(ModelSpec model, TaskSpec task, double queries) {
        long parameters = Math.max(1, ModelFiles.source(model).parameters());
        Map<String, Object> keys = task.parameters();
        if (keys.get("context-tokens") instanceof Number context) {
            double query = keys.get("query-tokens") instanceof Number tokens ? tokens.doubleValue() : 1;
            return new TrialWork(parameters, context.doubleValue(), 0, query * queries);
        }
        double example = keys.containsKey("train") ? TEXT : VECTORS;
        return new TrialWork(parameters, 0, example, example * queries);
    }

    /** The work of a trial with so many demonstrations. */
    double of(int shots) {
        return 2.0 * parameters * Math.max(1, 2 * (context + demonstration * shots) + 3 * queries);
    }

    /** The most trials of a batch: as many demonstration sets as their work allows, at least one. */
    int most(Block block, int allowed) {
        double set = 0;
        for (int position = 0; position < block.shots().size(); position++) {
            long orders = block.firstOfShots().get(position + 1)
                    - block.firstOfShots().get(position);
            set += orders * of(block.shots().get(position));
        }
        double sets = Math.max(1, Math.floor(MOST_OF_BATCH / set));
        return (int) Math.min(allowed, sets * block.trialsPerSet());
    }
}
