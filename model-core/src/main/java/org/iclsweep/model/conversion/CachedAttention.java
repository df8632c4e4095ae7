package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.iclsweep.model.kernel.KvCache;

/**
 * The complete caches of contexts in one softmax attention, and the queries that a smaller one is to answer.
 *
 * @param module of the attention, the prefix of its tensors' names
 * @param examples queries of the task; empty where the context's own tokens are the queries
 */
record CachedAttention(String module, KvCache cache, Optional<ExampleQueries> examples) {
    /** The same, whose caches end with {@code scope}. */
    CachedAttention ownedBy(NDManager scope) {
        cache.keys().attach(scope);
        cache.values().attach(scope);
        cache.queries().attach(scope);
        return this;
    }

    /** The keys that {@code keyHead} has of a context [n][d]. */
    double[][] keys(int context, int keyHead) {
        return cache.rows(cache.keys(), context, keyHead, cache.kvLengths()[context]);
    }

    /** The values of the same tokens [n][dv]. */
    double[][] values(int context, int keyHead) {
        return cache.rows(cache.values(), context, keyHead, cache.kvLengths()[context]);
    }

    /**
     * The queries, scaled by c, of all query heads of {@code keyHead}, head by head [N][d].
     *
     * @param behind the context's own, placed behind it: {@link KvCache#queriesBehind}
     */
    double[][] queries(int context, int keyHead, NDArray behind) {
        int group = cache.group();
        if (examples.isPresent()) {
            return examples.get().rows(module, context, keyHead * group, group);
        }
        List<double[]> own = new ArrayList<>();
        for (int i = 0; i < group; i++) {
            Collections.addAll(own, cache.rows(behind, context, keyHead * group + i, cache.queryCounts()[context]));
        }
        return own.toArray(double[][]::new);
    }
}
