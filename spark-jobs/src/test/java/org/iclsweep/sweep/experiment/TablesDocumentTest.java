package org.iclsweep.sweep.experiment;

import java.io.IOException;
import org.iclsweep.sweep.GeneratedDocument;
import org.junit.jupiter.api.Test;

class TablesDocumentTest {
    @Test
    void theDocumentedColumnsAreTheColumnsThatAreWritten() throws IOException {
        GeneratedDocument.assertUpToDate("docs/reference/tables.md", TablesDocument.markdown());
    }
}
