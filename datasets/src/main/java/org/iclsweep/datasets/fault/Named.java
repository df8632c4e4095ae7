package org.iclsweep.datasets.fault;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The name in files of a constant of an enum, or of a record that is one of several (see {@link OneOf}). */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.FIELD})
public @interface Named {
    String value();

    /** The meaning, as a phrase that ends with a full stop, in Markdown. */
    String doc() default "";
}
