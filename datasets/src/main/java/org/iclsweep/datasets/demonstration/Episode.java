package org.iclsweep.datasets.demonstration;

import java.util.List;

/**
 * A demonstration set and the queries that are asked after it.
 *
 * @param leaked whether a query's input is among the demonstrations (the flag LEAKED_QUERY). Never for tasks over
 *     tokens, whose queries ask for tokens of the context
 */
public record Episode(DemonstrationSet demonstrations, List<Demonstration> queries, boolean leaked) {
    public Episode {
        queries = List.copyOf(queries);
    }
}
