package org.iclsweep.datasets.fault;

import java.util.regex.Pattern;

/**
 * Credentials in the text of a URI: a user before the host, or a signature behind the path. They would end in files,
 * logs and lists of processes, so that a URI with one is refused, and no message repeats it.
 */
public final class Credentials {
    private static final String REPLACEMENT = "***";

    /** The part before {@code @}; in Azure's schemes one without a password is the name of a container. */
    private static final Pattern USER =
            Pattern.compile("(?i)(?<=://)(?:[^/@\\s\"']*:[^/@\\s\"']*|(?<!(?:abfss?|wasbs?)://)[^/@\\s\"']+)(?=@)");

    /** The same on S3, whose keys may have slashes. */
    private static final Pattern KEY = Pattern.compile("(?i)(?<=s3[an]?://)[^@\\s\"']*:[^@\\s\"']*(?=@)");

    private static final Pattern SIGNATURE = Pattern.compile("(?i)(?<=[?&](?:sig|signature|token|access_token|password"
            + "|secret|x-amz-signature|x-amz-credential|x-amz-security-token|awsaccesskeyid)=)[^&\\s\"']+");

    private Credentials() {}

    /** True if a URI has credentials in it. */
    public static boolean isIn(String uri) {
        return !removed(uri).equals(uri);
    }

    /** A text with {@code ***} for the credentials of its URIs. */
    public static String removed(String text) {
        if (!text.contains("://")) {
            return text;
        }
        String shown = KEY.matcher(text).replaceAll(REPLACEMENT);
        return SIGNATURE.matcher(USER.matcher(shown).replaceAll(REPLACEMENT)).replaceAll(REPLACEMENT);
    }
}
