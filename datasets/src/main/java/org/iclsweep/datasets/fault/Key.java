package org.iclsweep.datasets.fault;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.function.Supplier;

/**
 * The declaration of one key, on the record component that it is read into. From it come the reading, the faults, the
 * table of the documentation and the JSON Schema. Bounds and choices of a list are those of its elements.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Key {
    /** The meaning, as a phrase that ends with a full stop, in Markdown. */
    String doc();

    /**
     * The name; empty: that of the component in the spelling of its record, as {@code batchTokens} →
     * {@code batch-tokens}.
     */
    String name() default "";

    /**
     * The default, as in a file: the bare text for texts and choices, else JSON with bare keys and single quotes, as
     * <code>[{name: 'iclca'}]</code>. A block that is given has its values of the keys that it leaves out. Empty: the
     * key is required, unless the component is an Optional or nullable.
     */
    String otherwise() default "";

    /** The least number. */
    double from() default Double.NEGATIVE_INFINITY;

    /** The greatest number. */
    double to() default Double.POSITIVE_INFINITY;

    /** A bound that numbers are greater than. */
    double above() default Double.NEGATIVE_INFINITY;

    /** A bound that numbers are less than. */
    double below() default Double.POSITIVE_INFINITY;

    /** The texts that are allowed, or the one flag; none: any text that is not blank, either flag. Enums need none. */
    String[] choices() default {};

    /** The texts that are allowed, where a list in the code has them: an enum, whose one constant has the list. */
    Class<? extends Choices> among() default Choices.class;

    /** A list in the code that is a key's choices. */
    interface Choices extends Supplier<List<String>> {}

    /** True if a list needs an element. */
    boolean nonEmpty() default false;

    /** True if a list has no element twice. */
    boolean distinct() default false;

    /** True if one value may be written in the place of a list of one. */
    boolean oneOrMore() default false;

    /** True if another value gives the same rows: the key is no part of what identifies a plan. */
    boolean withoutEffectOnRows() default false;

    /**
     * A text that may be written for the absence of an optional or nullable value, as {@code all}. The key is then no
     * part of what identifies a plan, as where it is left out.
     */
    String absent() default "";

    /**
     * Names that are read too, as transformers' {@code n_embd} for {@code hidden_size}; where several are given, they
     * have one value.
     */
    String[] alias() default {};

    /** Names that the key had; they are refused with its name of today. */
    String[] formerly() default {};
}
