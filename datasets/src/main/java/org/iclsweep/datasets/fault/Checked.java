package org.iclsweep.datasets.fault;

/** A record with rules across its keys. They are checked once every key of its own is sound. */
public interface Checked {
    /** Notes every rule that is broken: {@code scope.fault("heads", "expected …, found …; …")}. */
    void check(Scope scope);
}
