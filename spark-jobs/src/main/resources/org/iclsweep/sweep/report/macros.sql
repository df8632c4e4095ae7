-- The 97.5 % quantile of Student's t distribution with df degrees of freedom: to six decimals up to 10, then by the
-- expansion in 1/df (Abramowitz and Stegun 26.7.5), whose error is below 1e-5 there.
CREATE OR REPLACE MACRO t_975(df) AS
    CASE WHEN df < 1 THEN NULL
         WHEN df <= 10 THEN list_extract([12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139]::DOUBLE[], df::INTEGER)
         ELSE 1.959963985 + 2.372271 / df + 2.822500 / df ** 2 + 2.555852 / df ** 3 + 1.589534 / df ** 4 END;

-- Half the 95 % interval of a mean over n independent values with the sample standard deviation sd (Student's t);
-- null where n is 1.
CREATE OR REPLACE MACRO half_interval(sd, n) AS CASE WHEN n > 1 THEN t_975(n - 1) * sd / sqrt(n) END;

-- A method with its parameters, as one name.
CREATE OR REPLACE MACRO method_label(method, parameters) AS
    CASE WHEN parameters::VARCHAR = '{}' THEN method ELSE concat(method, ' ', parameters) END;

-- The demonstration set of a trial: its seed, else the hash of its content.
CREATE OR REPLACE MACRO set_key(seed, demonstration_set_id) AS coalesce(seed::VARCHAR, demonstration_set_id);

-- One row per demonstration set of a cell, over the trials that are ok: means over its orders, largest errors, and sums of
-- seconds and queries.
CREATE OR REPLACE MACRO per_set(rows := 'trials') AS TABLE
    SELECT sweep, model, dtype, method_label(method, method_parameters) AS method, task, label_mode, shots,
           set_key(seed, demonstration_set_id) AS demonstration_set,
           coalesce(min(demonstration_set_id), '') AS demonstration_set_id,
           count(*) AS trials, sum(queries) AS queries, avg(context_tokens) AS context_tokens,
           max(max_abs_logit_error) AS max_abs_logit_error, max(max_rel_logit_error) AS max_rel_logit_error,
           avg(mean_rel_logit_error) AS mean_rel_logit_error, avg(mean_kl) AS mean_kl, max(max_kl) AS max_kl,
           avg(top1_agreement) AS top1_agreement, count(*) FILTER (audited) AS audited,
           max(audit_max_abs_logit_error) AS audit_max_abs_logit_error,
           avg(zero_shot_accuracy) AS zero_shot_accuracy, avg(prompted_accuracy) AS prompted_accuracy,
           avg(converted_accuracy) AS converted_accuracy, avg(zero_shot_nll) AS zero_shot_nll,
           avg(prompted_nll) AS prompted_nll, avg(converted_nll) AS converted_nll,
           avg(zero_shot_mse) AS zero_shot_mse, avg(prompted_mse) AS prompted_mse,
           avg(converted_mse) AS converted_mse, max(bias_bytes) AS bias_bytes,
           sum(run.convert_seconds) AS convert_seconds, sum(run.prompted_seconds) AS prompted_seconds,
           sum(run.converted_seconds) AS converted_seconds
    FROM query_table(rows) WHERE status = 'ok' GROUP BY ALL;

-- One row per cell of a conversion sweep (model, precision, method, task, labels, shots), over the trials that are ok:
-- largest errors, mean accuracies (nll, mse) of the three ways to run a query, each with half its 95 % interval over
-- demonstration sets, and seconds. Orders of one set are averaged first.
CREATE OR REPLACE MACRO cells(rows := 'trials') AS TABLE
    SELECT sweep, model, dtype, method, task, label_mode, shots, count(*) AS sets, sum(trials)::BIGINT AS trials,
           sum(queries)::BIGINT AS queries, avg(context_tokens) AS context_tokens,
           max(max_abs_logit_error) AS max_abs_logit_error, max(max_rel_logit_error) AS max_rel_logit_error,
           avg(mean_rel_logit_error) AS mean_rel_logit_error, avg(mean_kl) AS mean_kl, max(max_kl) AS max_kl,
           avg(top1_agreement) AS top1_agreement, sum(audited)::BIGINT AS audited,
           max(audit_max_abs_logit_error) AS audit_max_abs_logit_error,
           avg(zero_shot_accuracy) AS zero_shot_accuracy,
           half_interval(stddev_samp(zero_shot_accuracy), count(zero_shot_accuracy)) AS zero_shot_accuracy_half,
           avg(prompted_accuracy) AS prompted_accuracy,
           half_interval(stddev_samp(prompted_accuracy), count(prompted_accuracy)) AS prompted_accuracy_half,
           avg(converted_accuracy) AS converted_accuracy,
           half_interval(stddev_samp(converted_accuracy), count(converted_accuracy)) AS converted_accuracy_half,
           avg(converted_accuracy - prompted_accuracy) AS converted_minus_prompted,
           half_interval(stddev_samp(converted_accuracy - prompted_accuracy),
                         count(converted_accuracy - prompted_accuracy)) AS converted_minus_prompted_half,
           avg(zero_shot_nll) AS zero_shot_nll, avg(prompted_nll) AS prompted_nll, avg(converted_nll) AS converted_nll,
           avg(zero_shot_mse) AS zero_shot_mse,
           half_interval(stddev_samp(zero_shot_mse), count(zero_shot_mse)) AS zero_shot_mse_half,
           avg(prompted_mse) AS prompted_mse,
           half_interval(stddev_samp(prompted_mse), count(prompted_mse)) AS prompted_mse_half,
           avg(converted_mse) AS converted_mse,
           half_interval(stddev_samp(converted_mse), count(converted_mse)) AS converted_mse_half,
           max(bias_bytes) AS bias_bytes, sum(convert_seconds) AS convert_seconds,
           sum(prompted_seconds) AS prompted_seconds, sum(converted_seconds) AS converted_seconds
    FROM per_set(rows) GROUP BY sweep, model, dtype, method, task, label_mode, shots
    ORDER BY sweep, model, dtype, method, task, label_mode, shots;

-- The errors of the conversion by the length of the context, in powers of two: the bin holds the contexts of more than
-- up_to_tokens / 2 and at most up_to_tokens tokens.
CREATE OR REPLACE MACRO errors_by_length(rows := 'trials') AS TABLE
    SELECT sweep, model, dtype, method_label(method, method_parameters) AS method,
           CASE WHEN context_tokens > 0 THEN 2 ** ceil(log2(context_tokens)) ELSE 0 END::BIGINT AS up_to_tokens,
           count(*) AS trials, max(max_abs_logit_error) AS max_abs_logit_error,
           max(max_rel_logit_error) AS max_rel_logit_error, avg(mean_rel_logit_error) AS mean_rel_logit_error
    FROM query_table(rows)
    WHERE status = 'ok' AND max_abs_logit_error IS NOT NULL AND context_tokens IS NOT NULL
    GROUP BY ALL ORDER BY ALL;

-- The errors of the conversion by layer, where measures of layers were kept (sweep.evaluation.layers): the largest
-- difference of a layer's output between prompted and converted run, and the mean norm of its context state.
CREATE OR REPLACE MACRO errors_by_layer(rows := 'trials') AS TABLE
    SELECT sweep, model, dtype, method, l.layer AS layer, count(*) AS trials,
           max(l.output_max_abs_error) AS output_max_abs_error, avg(l.state_norm) AS state_norm
    FROM (SELECT sweep, model, dtype, method_label(method, method_parameters) AS method, unnest(layers) AS l
          FROM query_table(rows) WHERE status = 'ok' AND layers IS NOT NULL)
    GROUP BY sweep, model, dtype, method, l.layer ORDER BY sweep, model, dtype, method, l.layer;

-- The cells of a sweep that merges contexts: converted in parts that are added (parts: their number), at once (parts = 1)
-- and without the context (parts is null).
CREATE OR REPLACE MACRO merged_contexts(rows := 'trials') AS TABLE
    SELECT sweep, model, dtype, task, label_mode, shots,
           CASE WHEN method = 'none' THEN NULL WHEN method = 'iclca' THEN 1
                ELSE regexp_extract(method, 'parts=(\d+)', 1)::BIGINT END AS parts,
           CASE WHEN method = 'none' THEN 'without the context' WHEN method = 'iclca' THEN 'at once'
                ELSE concat('in ', regexp_extract(method, 'parts=(\d+)', 1), ' parts') END AS context,
           sets, mean_rel_logit_error, max_rel_logit_error, top1_agreement, prompted_accuracy, prompted_accuracy_half,
           converted_accuracy, converted_accuracy_half
    FROM cells(rows)
    WHERE method IN ('none', 'iclca') OR method LIKE 'merged %'
    QUALIFY count(*) FILTER (method LIKE 'merged %') OVER (PARTITION BY sweep, model, dtype, task, label_mode, shots) > 0
    ORDER BY sweep, model, dtype, task, label_mode, shots, parts;

-- One row per answer, where predictions were kept.
CREATE OR REPLACE MACRO answers(rows := 'trials') AS TABLE
    SELECT sweep, model, dtype, method, task, label_mode, shots, demonstration_set, demonstration_set_id, order_id,
           answer.query_id AS query_id, answer
    FROM (SELECT sweep, model, dtype, method_label(method, method_parameters) AS method, task, label_mode, shots,
                 set_key(seed, demonstration_set_id) AS demonstration_set,
                 coalesce(demonstration_set_id, '') AS demonstration_set_id, coalesce(order_id, '') AS order_id,
                 unnest(predictions) AS answer
          FROM query_table(rows) WHERE status = 'ok' AND predictions IS NOT NULL);

-- Accuracy over queries, where predictions were kept: the mean of each query's share of correct answers over the sets
-- that have it, with half its 95 % interval over queries. A query is its query_id; where one has different correct answers
-- in two sets of a cell, each set has queries of its own.
CREATE OR REPLACE MACRO accuracy_over_queries(rows := 'trials') AS TABLE
    WITH golds AS (
        SELECT sweep, model, dtype, method, task, label_mode, shots, query_id,
               min(answer.gold) <> max(answer.gold) AS differ
        FROM answers(rows) GROUP BY ALL),
    kinds AS (
        SELECT sweep, model, dtype, method, task, label_mode, shots, bool_or(differ) AS own_queries FROM golds GROUP BY ALL),
    per_query AS (
        SELECT sweep, model, dtype, method, task, label_mode, shots,
               CASE WHEN own_queries THEN demonstration_set END AS query_set, query_id,
               avg((answer.zero_shot = answer.gold)::INTEGER) AS zero_shot,
               avg((answer.prompted = answer.gold)::INTEGER) AS prompted,
               avg((answer.converted = answer.gold)::INTEGER) AS converted,
               count(*) FILTER (answer.prompted <> answer.converted) AS changed, count(*) AS answers
        FROM answers(rows) JOIN kinds USING (sweep, model, dtype, method, task, label_mode, shots) GROUP BY ALL)
    SELECT sweep, model, dtype, method, task, label_mode, shots, count(*) AS distinct_queries,
           sum(answers)::BIGINT AS answers, sum(changed)::BIGINT AS changed_answers,
           avg(zero_shot) AS zero_shot_accuracy,
           half_interval(stddev_samp(zero_shot), count(zero_shot)) AS zero_shot_accuracy_half,
           avg(prompted) AS prompted_accuracy,
           half_interval(stddev_samp(prompted), count(prompted)) AS prompted_accuracy_half,
           avg(converted) AS converted_accuracy,
           half_interval(stddev_samp(converted), count(converted)) AS converted_accuracy_half
    FROM per_query GROUP BY sweep, model, dtype, method, task, label_mode, shots
    ORDER BY sweep, model, dtype, method, task, label_mode, shots;

-- The failed trials of a table by error code, with the first of them and its message.
CREATE OR REPLACE MACRO failures(rows := 'trials') AS TABLE
    SELECT sweep, error_code, count(DISTINCT trial_id) AS trials, min(trial_id) AS first_trial,
           arg_min(error_message, trial_id) AS message
    FROM query_table(rows) WHERE status = 'failed' GROUP BY ALL ORDER BY trials DESC, sweep, error_code;

-- Seconds of computation of a conversion sweep, summed over its trials: the wall time of a batch, divided among its trials.
CREATE OR REPLACE MACRO compute_seconds(rows := 'trials') AS TABLE
    SELECT sweep, model, dtype, method_label(method, method_parameters) AS method, run.device AS device,
           count(*) AS trials, sum(queries)::BIGINT AS queries, sum(context_tokens)::BIGINT AS context_tokens,
           sum(run.convert_seconds) AS convert_seconds, sum(run.prompted_seconds) AS prompted_seconds,
           sum(run.converted_seconds) AS converted_seconds
    FROM query_table(rows) WHERE status = 'ok' GROUP BY ALL ORDER BY ALL;

-- One row per demonstration of an influence sweep: the effect of leaving it out.
CREATE OR REPLACE MACRO demonstration_effects(rows := 'influence') AS TABLE
    SELECT sweep, model, dtype, task, shots, set_key(seed, demonstration_set_id) AS demonstration_set, e.position AS position,
           e.demonstration_id AS demonstration_id, e.label AS label, e.accuracy_change AS accuracy_change,
           e.loss_change AS loss_change, e.mean_kl AS mean_kl
    FROM (SELECT *, unnest(demonstrations) AS e FROM query_table(rows) WHERE status = 'ok');

-- One row per state that a state-tuning sweep measured.
CREATE OR REPLACE MACRO tuned_states(rows := 'state_tuning') AS TABLE
    SELECT sweep, model, dtype, task, shots, set_key(seed, demonstration_set_id) AS demonstration_set, zero_shot_accuracy,
           prompted_accuracy, zero_shot_loss, prompted_loss, m.start AS start, m.examples AS examples,
           m.learning_rate AS learning_rate, m.seed AS seed, m.step AS step, m.training_loss AS training_loss,
           m.accuracy AS accuracy, m.loss AS loss
    FROM (SELECT *, unnest(measurements) AS m FROM query_table(rows) WHERE status = 'ok');

-- The same as means over seeds, one row per demonstration set.
CREATE OR REPLACE MACRO tuned_sets(rows := 'state_tuning') AS TABLE
    SELECT sweep, model, dtype, task, shots, demonstration_set, start, examples, learning_rate, step,
           any_value(zero_shot_accuracy) AS zero_shot_accuracy, any_value(prompted_accuracy) AS prompted_accuracy,
           any_value(prompted_loss) AS prompted_loss, count(*) AS seeds, count(*) - count(loss) AS diverged, avg(training_loss) AS training_loss,
           avg(accuracy) AS accuracy, avg(loss) AS loss
    FROM tuned_states(rows) GROUP BY sweep, model, dtype, task, shots, demonstration_set, start, examples, learning_rate, step;

-- One row per demonstration set and comparison of a meta-optimizer sweep, at the chosen learning rate, with the context as
-- reference; sim_aou and kendall_tokens are means over the layers.
CREATE OR REPLACE MACRO fine_tuning_comparisons(rows := 'meta_optimizer') AS TABLE
    SELECT sweep, model, dtype, task, shots, set_key(seed, demonstration_set_id) AS demonstration_set, zero_shot_accuracy,
           prompted_accuracy, c.comparison AS comparison, c.accuracy AS accuracy, c.right_of_these AS right_of_these,
           c.both_right_of_these AS both_right, list_avg(list_transform(c.layers, lambda l: l.sim_aou)) AS sim_aou,
           list_avg(list_transform(c.layers, lambda l: l.kendall_tokens)) AS kendall_tokens
    FROM (SELECT *, unnest(comparisons) AS c FROM query_table(rows) WHERE status = 'ok')
    WHERE c.reference = 'icl' AND (c.chosen OR c.learning_rate IS NULL);

-- The rows of the last evaluation of each training of a generalization sweep.
CREATE OR REPLACE MACRO final_evaluations(rows := 'generalization') AS TABLE
    SELECT * FROM query_table(rows) WHERE status = 'ok' AND error IS NOT NULL
    QUALIFY step IS NOT DISTINCT FROM max(step) OVER (PARTITION BY trial_id, evaluation, learner);

-- The name of a trained model: its variant, or what it has of biases.
CREATE OR REPLACE MACRO trained_name(variant, biases, bias_start) AS
    coalesce(variant, CASE WHEN biases THEN concat_ws(' ', 'biases from', bias_start) ELSE 'without biases' END);

-- The points of the training curves with a loss; name: by trained_name; last: true for the last point of a training.
CREATE OR REPLACE MACRO curve_points(rows := 'training_curve') AS TABLE
    SELECT sweep, model, seed, step, loss, accuracy,
           trained_name(variant, biases, bias_start) AS name,
           step = max(step) OVER (PARTITION BY trial_id) AS last
    FROM query_table(rows) WHERE loss IS NOT NULL AND evaluation IS NULL AND status = 'ok';

-- The evaluations of trained models by numbers of demonstrations, or tokens of a window; name: by trained_name.
CREATE OR REPLACE MACRO training_evaluations(rows := 'training_curve') AS TABLE
    SELECT sweep, model, seed, evaluation, context, evaluation_loss AS loss, evaluation_accuracy AS accuracy,
           trained_name(variant, biases, bias_start) AS name
    FROM query_table(rows) WHERE evaluation IS NOT NULL AND status = 'ok';
