-- How it is read: a number is a mean over demonstration sets (of queries: over all queries of all sets), in brackets stands the
-- 95 % interval of 1,000 bootstrap samples of the sets, the same ones every time. Learning rates are those that the validation
-- queries of each set chose.
SELECT model, dtype, task, count(*) AS sets, any_value(shots) AS shots, sum(queries)::BIGINT AS queries,
       count_if(status = 'failed') AS failed
FROM meta_optimizer GROUP BY ALL ORDER BY ALL;

CREATE TEMP TABLE compared AS
SELECT model, dtype, task, trial_id, queries, zero_shot_accuracy, prompted_accuracy, prompted_shuffled_accuracy,
       unnest(comparisons, max_depth := 2)
FROM meta_optimizer WHERE status = 'ok';

-- Ways of fine-tuning; all else that is compared is a control.
CREATE TEMP VIEW variants AS
SELECT DISTINCT comparison FROM compared
WHERE comparison NOT LIKE 'icl-%'
  AND comparison NOT IN ('limit', 'shuffled-labels', 'other-task', 'negated', 'random-weights', 'reversed-order');

CREATE TEMP VIEW chosen AS
SELECT * FROM compared WHERE NOT coalesce(diverged, false) AND coalesce(chosen, true);

CREATE TEMP VIEW layer AS
SELECT * EXCLUDE (layers), unnest(layers, max_depth := 2) FROM chosen;

CREATE TEMP VIEW heads AS
SELECT * EXCLUDE (heads), unnest(heads, max_depth := 2) FROM layer;

-- Each measure of each set, as a / b.
CREATE TEMP TABLE measured AS
WITH accuracies AS (
  SELECT model, dtype, task, trial_id, reference, comparison, queries, accuracy FROM chosen WHERE reference = 'icl'
  UNION ALL BY NAME
  SELECT DISTINCT model, dtype, task, trial_id, 'icl' AS reference, '' AS comparison, queries,
         unnest([zero_shot_accuracy, prompted_accuracy, prompted_shuffled_accuracy]) AS accuracy,
         unnest(['zero_shot', 'icl', 'icl_shuffled']) AS way
  FROM compared),
outputs AS (
  SELECT model, dtype, task, trial_id, reference, comparison, avg(sim_aou) AS raw, avg(permuted) AS permuted,
         avg(sim_aou_normalised) AS paper, avg(null_of_angles) AS unrelated, avg(random_direction_normalised) AS random,
         avg(random_uniform) AS uniform, avg(reference_update_norm / zero_shot_norm) AS icl_update,
         avg(update_norm / zero_shot_norm) AS update_size, avg(kendall_tokens) AS tokens,
         avg(kendall_tokens_null) AS tokens_null, avg(kendall_tokens_null_sd) AS tokens_sd, avg(kendall_examples) AS examples,
         avg(kendall_examples_null) AS examples_null, avg(kendall_examples_null_sd) AS examples_sd,
         avg(kendall_random) AS tokens_random, avg(kendall_position) AS tokens_position,
         avg(kendall_examples_position) AS examples_position, avg(kendall_same_token) AS tokens_same
  FROM layer GROUP BY ALL),
maps AS (
  SELECT model, dtype, task, trial_id, reference, comparison, avg(sim_am_before) AS before, avg(sim_am_after) AS after,
         avg(sim_am_after - sim_am_before) AS difference, avg(sim_am_of_updates) AS of_updates
  FROM heads GROUP BY ALL)
SELECT model, dtype, task, trial_id, reference, comparison, coalesce(way, 'accuracy') AS measure, accuracy * queries AS a,
       queries::DOUBLE AS b
FROM accuracies
UNION ALL
SELECT model, dtype, task, trial_id, reference, comparison, measure, a::DOUBLE, b::DOUBLE
FROM (SELECT *, unnest(['rec2ftp', 'rec2ftp_null', 'reverse', 'reverse_null', 'put_right']) AS measure,
             unnest([both_right_of_these, reference_right_of_these, both_right_of_these, right_of_these, right_of_these]) AS a,
             unnest([right_of_these, zero_shot_wrong, reference_right_of_these, zero_shot_wrong, queries]) AS b
      FROM chosen)
UNION ALL SELECT model, dtype, task, trial_id, reference, comparison, measure, a, 1
FROM (UNPIVOT outputs ON COLUMNS(* EXCLUDE (model, dtype, task, trial_id, reference, comparison)) INTO NAME measure VALUE a)
UNION ALL SELECT model, dtype, task, trial_id, reference, comparison, measure, a, 1
FROM (UNPIVOT maps ON COLUMNS(* EXCLUDE (model, dtype, task, trial_id, reference, comparison)) INTO NAME measure VALUE a);

CREATE TEMP MACRO shown(x) AS CASE WHEN x IS NULL OR isnan(x) THEN '-' ELSE format('{:.3f}', x) END;

CREATE TEMP TABLE samples AS
SELECT model, dtype, task, reference, comparison, measure, list(a ORDER BY trial_id) AS a, list(b ORDER BY trial_id) AS b,
       count(*) AS n
FROM (SELECT * FROM measured UNION ALL BY NAME SELECT * REPLACE ('(all)' AS task) FROM measured)
WHERE a IS NOT NULL AND b IS NOT NULL AND NOT isnan(a) GROUP BY ALL;

-- How often each of n sets is in a bootstrap sample.
CREATE TEMP TABLE weights AS
WITH sizes AS (SELECT DISTINCT n FROM samples),
places AS (SELECT n, s, unnest(range(n)) AS i FROM sizes, range(1000) AS samples(s)),
draws AS (SELECT n, s, (hash(n, s, i) % n)::BIGINT AS i, count(*) AS times FROM places GROUP BY ALL)
SELECT n, s, list(coalesce(times, 0)::DOUBLE ORDER BY i) AS w FROM places LEFT JOIN draws USING (n, s, i) GROUP BY ALL;

CREATE TEMP TABLE intervals AS
WITH sampled AS (
  SELECT model, dtype, task, reference, comparison, measure, list_sum(a) / nullif(list_sum(b), 0) AS value, list_sum(a) AS a,
         list_inner_product(w, a) / nullif(list_inner_product(w, b), 0) AS x
  FROM samples JOIN weights USING (n))
SELECT model, dtype, task, reference, comparison, measure, any_value(value) AS value, any_value(a) AS count,
       shown(any_value(value)) || ' [' || shown(quantile_cont(x, 0.025)) || ', ' || shown(quantile_cont(x, 0.975)) || ']' AS text
FROM sampled GROUP BY ALL;

-- Table 1: accuracy of the bare model, after fine-tuning (in five ways, and on labels exchanged among the demonstrations), in
-- context, and in a context with exchanged labels.
SELECT model, dtype, task, any_value(text) FILTER (measure = 'zero_shot') AS zero_shot,
       any_value(text) FILTER (measure = 'accuracy' AND comparison = 'keys-and-values') AS keys_and_values,
       any_value(text) FILTER (measure = 'accuracy' AND comparison = 'layer-causal') AS layer_causal,
       any_value(text) FILTER (measure = 'accuracy' AND comparison = 'equal-layers') AS equal_layers,
       any_value(text) FILTER (measure = 'accuracy' AND comparison = 'values') AS "values",
       any_value(text) FILTER (measure = 'accuracy' AND comparison = 'whole-model') AS whole_model,
       any_value(text) FILTER (measure = 'accuracy' AND comparison = 'shuffled-labels') AS tuned_shuffled,
       any_value(text) FILTER (measure = 'icl') AS icl,
       any_value(text) FILTER (measure = 'icl_shuffled') AS icl_shuffled
FROM intervals GROUP BY ALL ORDER BY ALL;

-- The same accuracies with Wilson's interval of 95 % over all queries, as if each had a set of its own.
WITH counted AS (
  SELECT model, dtype, task, CASE WHEN measure = 'accuracy' THEN comparison ELSE measure END AS way, sum(a) / sum(b) AS p,
         sum(b)::BIGINT AS n
  FROM measured
  WHERE measure IN ('zero_shot', 'icl', 'icl_shuffled')
     OR measure = 'accuracy' AND (comparison IN (FROM variants) OR comparison = 'shuffled-labels')
  GROUP BY ALL)
SELECT model, dtype, task, way, n AS queries, shown(p) AS accuracy,
       shown((p + 1.9207 / n - 1.96 * sqrt(p * (1 - p) / n + 0.9604 / n ** 2)) / (1 + 3.8415 / n)) AS wilson_lower,
       shown((p + 1.9207 / n + 1.96 * sqrt(p * (1 - p) / n + 0.9604 / n ** 2)) / (1 + 3.8415 / n)) AS wilson_upper
FROM counted ORDER BY ALL;

-- Table 2: Rec2FTP, the part of what fine-tuning puts right that learning in context puts right too, beside what it is where
-- the two have nothing to do with each other, P(ICL right | zero-shot wrong); the same the other way round; and how many
-- queries fine-tuning puts right.
SELECT model, dtype, comparison, task, any_value(count) FILTER (measure = 'put_right')::BIGINT AS put_right,
       any_value(text) FILTER (measure = 'rec2ftp') AS rec2ftp, any_value(text) FILTER (measure = 'rec2ftp_null') AS "null",
       any_value(text) FILTER (measure = 'reverse') AS reverse, any_value(text) FILTER (measure = 'reverse_null') AS reverse_null
FROM intervals
WHERE reference = 'icl' AND measure IN ('put_right', 'rec2ftp', 'rec2ftp_null', 'reverse', 'reverse_null')
  AND comparison NOT LIKE 'icl-%' AND comparison NOT IN ('limit', 'negated', 'random-weights')
GROUP BY ALL ORDER BY ALL;

-- Table 3: SimAOU, mean over layers. raw: cosine of the updates; permuted: with the update for another query of the set; paper:
-- of outputs of length 1; unrelated: what that is for updates that have nothing to do with each other; random: with a random
-- update of the same norm; uniform: the paper's baseline. Updates in parts of the bare output's norm.
SELECT model, dtype, comparison, task, any_value(text) FILTER (measure = 'raw') AS raw,
       any_value(text) FILTER (measure = 'permuted') AS permuted, any_value(text) FILTER (measure = 'paper') AS paper,
       shown(any_value(value) FILTER (measure = 'unrelated')) AS unrelated,
       shown(any_value(value) FILTER (measure = 'random')) AS random,
       shown(any_value(value) FILTER (measure = 'uniform')) AS uniform,
       shown(any_value(value) FILTER (measure = 'icl_update')) AS icl_update,
       shown(any_value(value) FILTER (measure = 'update_size')) AS "update"
FROM intervals
WHERE reference = 'icl' AND (comparison IN (FROM variants) OR comparison = 'limit')
GROUP BY ALL ORDER BY ALL;

-- The controls, over all tasks: labels exchanged on either side, another task, a negated gradient, random weights, other
-- orders, another set, a context that says nothing.
SELECT model, dtype, reference, comparison, any_value(text) FILTER (measure = 'raw') AS raw,
       any_value(text) FILTER (measure = 'permuted') AS permuted, any_value(text) FILTER (measure = 'paper') AS paper,
       shown(any_value(value) FILTER (measure = 'unrelated')) AS unrelated,
       any_value(text) FILTER (measure = 'of_updates') AS sim_am_of_updates
FROM intervals WHERE task = '(all)' AND comparison <> '' GROUP BY ALL ORDER BY ALL;

-- Table 4: SimAM, mean over layers and heads: before and after fine-tuning, the difference, and of the updates.
SELECT model, dtype, comparison, task, any_value(text) FILTER (measure = 'before') AS before,
       any_value(text) FILTER (measure = 'after') AS after, any_value(text) FILTER (measure = 'difference') AS difference,
       any_value(text) FILTER (measure = 'of_updates') AS of_updates
FROM intervals
WHERE reference = 'icl' AND comparison IN (FROM variants)
  AND measure IN ('before', 'after', 'difference', 'of_updates')
GROUP BY ALL ORDER BY ALL;

-- Table 5: Kendall's tau over tokens and over demonstrations, mean over layers; null: when whole demonstrations change places
-- (mean, and standard deviation of one order); random: the paper's baseline; position, same_token: of the attention in context
-- with what knows nothing of fine-tuning, how far a token or demonstration is from the beginning, whether it is the query's last.
SELECT model, dtype, comparison, task, any_value(text) FILTER (measure = 'tokens') AS tokens,
       shown(any_value(value) FILTER (measure = 'tokens_null')) AS "null",
       shown(any_value(value) FILTER (measure = 'tokens_sd')) AS null_sd,
       any_value(text) FILTER (measure = 'examples') AS examples,
       shown(any_value(value) FILTER (measure = 'examples_null')) AS examples_null,
       shown(any_value(value) FILTER (measure = 'examples_sd')) AS examples_sd,
       shown(any_value(value) FILTER (measure = 'tokens_random')) AS random,
       any_value(text) FILTER (measure = 'tokens_position') AS position,
       any_value(text) FILTER (measure = 'tokens_same') AS same_token,
       any_value(text) FILTER (measure = 'examples_position') AS examples_position
FROM intervals
WHERE reference = 'icl' AND (measure LIKE 'tokens%' OR measure LIKE 'examples%')
GROUP BY ALL ORDER BY ALL;

-- Layer by layer, over all tasks: SimAOU raw, and with the update for another query.
SELECT model, dtype, comparison, module, shown(avg(sim_aou)) AS raw, shown(avg(permuted)) AS permuted,
       shown(avg(sim_aou_normalised)) AS paper, shown(avg(null_of_angles)) AS unrelated
FROM layer WHERE reference = 'icl' GROUP BY ALL ORDER BY ALL;

-- The learning rates: how often each was chosen, and what each does on the queries that judge.
SELECT model, dtype, comparison, learning_rate, count_if(chosen) AS chosen, count_if(diverged) AS diverged,
       shown(avg(training_loss)) AS training_loss, shown(avg(validation_loss)) AS validation_loss,
       shown(avg(accuracy)) AS accuracy, shown(avg(loss)) AS loss, shown(avg(weight_change)) AS weight_change
FROM compared WHERE reference = 'icl' AND comparison IN (FROM variants)
GROUP BY ALL ORDER BY ALL;
