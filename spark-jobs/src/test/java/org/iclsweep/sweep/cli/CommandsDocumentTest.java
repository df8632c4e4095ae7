package org.iclsweep.sweep.cli;

import java.io.IOException;
import org.iclsweep.sweep.GeneratedDocument;
import org.junit.jupiter.api.Test;

class CommandsDocumentTest {
    @Test
    void theDocumentOfTheCommandsIsThatOfTheirDeclarations() throws IOException {
        GeneratedDocument.assertUpToDate("docs/reference/commands.md", CommandsDocument.markdown());
    }
}
