package org.iclsweep.model.prompt;

import java.util.Locale;

/** One turn of a conversation, as a chat template takes it. */
public record Turn(Role role, String content) {
    /** The author of a turn. */
    public enum Role {
        SYSTEM,
        USER,
        ASSISTANT;

        /** The role's name in chat templates. */
        String inTemplate() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public static Turn system(String content) {
        return new Turn(Role.SYSTEM, content);
    }

    public static Turn user(String content) {
        return new Turn(Role.USER, content);
    }

    public static Turn assistant(String content) {
        return new Turn(Role.ASSISTANT, content);
    }
}
