package org.iclsweep.sweep.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.sweep.cli.SweepTables.Answer;

/** A file in conf/queries/, as {@code query} runs it: confined to the sweep's own tables. */
final class QueryFile {
    private QueryFile() {}

    /** The answers of the statements that have one, in their order. */
    static List<Answer> answers(SweepTables tables, String name) throws IOException, SQLException {
        ConfinedSession confined = tables.confine(List.of());
        List<Answer> answers = new ArrayList<>();
        for (SqlStatement statement : SqlStatement.in(Path.of("../conf/queries").resolve(name))) {
            confined.require(statement.sql());
            tables.execute(statement.sql()).ifPresent(answers::add);
        }
        return answers;
    }
}
