package org.iclsweep.datasets.fault;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** On a sealed interface of records: the key of a block that names which of them it is. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface OneOf {
    /** The key, as {@code kind}; the records' names are in {@link Named}, else made of those of their classes. */
    String value();

    /** The name that is meant where the key is absent; empty: it is required. */
    String otherwise() default "";

    /** The meaning of the key. */
    String doc() default "The kind, which decides what other keys there are.";
}
