package org.iclsweep.datasets.fault;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** On a record: what holds for the whole block that it is read from. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Block {
    /** The spelling of keys and of the constants of enums; none: that of the record around it, at the root dashes. */
    Spelling[] spelling() default {};

    /** Keys that are known to be without effect here: they are let pass. */
    String[] ignored() default {};
}
