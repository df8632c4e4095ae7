package org.iclsweep.sweep.experiment;

import java.io.IOException;
import org.iclsweep.sweep.GeneratedDocument;
import org.junit.jupiter.api.Test;

class ConfigurationDocumentTest {
    @Test
    void theDocumentedKeysAreTheKeysThatAreRead() throws IOException {
        GeneratedDocument.assertUpToDate("docs/reference/configuration.md", ConfigurationDocument.markdown());
    }
}
