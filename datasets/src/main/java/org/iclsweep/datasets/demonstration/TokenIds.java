package org.iclsweep.datasets.demonstration;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Immutable token ids: copied in and out, equal by class and content. */
abstract sealed class TokenIds permits Input.Tokens, Answer.Tokens {
    private final int[] ids;

    TokenIds(int[] ids) {
        this.ids = ids.clone();
    }

    public final int[] ids() {
        return ids.clone();
    }

    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof TokenIds that && getClass() == that.getClass() && Arrays.equals(ids, that.ids);
    }

    @Override
    public final int hashCode() {
        return Arrays.hashCode(ids);
    }

    @Override
    public final String toString() {
        return getClass().getSimpleName() + Arrays.toString(ids);
    }
}
