package org.iclsweep.sweep.experiment.grid;

import java.io.IOException;
import org.iclsweep.sweep.GeneratedDocument;
import org.junit.jupiter.api.Test;

/** The document of the model types is what their declarations say now. */
class ModelsDocumentTest {
    @Test
    void theDocumentIsThatOfTheDeclarations() throws IOException {
        GeneratedDocument.assertUpToDate("docs/reference/models.md", ModelsDocument.markdown());
    }
}
