package org.iclsweep.sweep.report;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** A table {@code trials} in memory, with the columns that the aggregates read, and the macros over it. */
public final class TrialsTable {
    private static final String DEFINITION = """
            CREATE TABLE rows_of_trials (
              sweep VARCHAR DEFAULT 's', trial_id VARCHAR, model VARCHAR DEFAULT 'm', model_type VARCHAR DEFAULT 'linear_llama',
              model_revision VARCHAR, model_sha256 VARCHAR DEFAULT 'abc', method VARCHAR DEFAULT 'iclca',
              method_parameters MAP(VARCHAR, VARCHAR) DEFAULT MAP {}, dtype VARCHAR DEFAULT 'float64',
              task VARCHAR DEFAULT 't', demonstration_set_id VARCHAR, order_id VARCHAR DEFAULT 'sampled', label_mode VARCHAR DEFAULT 'gold', seed BIGINT,
              shots BIGINT DEFAULT 4, context_tokens BIGINT DEFAULT 12, queries BIGINT DEFAULT 8,
              status VARCHAR DEFAULT 'ok', error_code VARCHAR, error_message VARCHAR,
              max_abs_logit_error DOUBLE, max_rel_logit_error DOUBLE, mean_rel_logit_error DOUBLE, mean_kl DOUBLE, max_kl DOUBLE,
              top1_agreement DOUBLE, zero_shot_accuracy DOUBLE, prompted_accuracy DOUBLE, converted_accuracy DOUBLE,
              zero_shot_nll DOUBLE, prompted_nll DOUBLE, converted_nll DOUBLE,
              zero_shot_mse DOUBLE, prompted_mse DOUBLE, converted_mse DOUBLE, bias_bytes BIGINT,
              layers STRUCT(layer BIGINT, state_norm DOUBLE, output_max_abs_error DOUBLE)[],
              audited BOOLEAN DEFAULT false, audit_max_abs_logit_error DOUBLE,
              predictions STRUCT(query_id BIGINT, gold VARCHAR, zero_shot VARCHAR, prompted VARCHAR, converted VARCHAR)[],
              run STRUCT(convert_seconds DOUBLE, prompted_seconds DOUBLE, converted_seconds DOUBLE, executor VARCHAR,
                         device VARCHAR, threads BIGINT, code_version VARCHAR, started_at TIMESTAMP)
                DEFAULT {'convert_seconds': 0.25, 'prompted_seconds': 0.5, 'converted_seconds': 0.125, 'executor': 'driver',
                         'device': 'cpu', 'threads': 1, 'code_version': '0.1.0', 'started_at': TIMESTAMP '2026-01-02 03:04:05'});
            CREATE VIEW trials AS FROM rows_of_trials;
            """;

    private TrialsTable() {}

    /** A session with the table, the macros and the rows that statements insert into {@code rows_of_trials}. */
    public static Connection with(String... inserts) throws SQLException {
        Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
        try (Statement statement = duckdb.createStatement()) {
            statement.execute(DEFINITION);
            for (String insert : inserts) {
                statement.execute("INSERT INTO rows_of_trials " + insert);
            }
        }
        Macros.install(duckdb);
        return duckdb;
    }
}
