package org.iclsweep.datasets.demonstration;

/**
 * One solved example; also a query, whose answer is then what is right.
 *
 * @param id the row in its file, from 0, or a running number of a generator's draw
 */
public record Demonstration(long id, Input input, Answer answer) {
    public Demonstration answering(Answer other) {
        return new Demonstration(id, input, other);
    }
}
