-- How it is read: every number is a mean over demonstration sets, in brackets the 95 % interval of 1,000 bootstrap samples of
-- the sets (of the same seed, so that a second run prints the same); of a proportion of queries, sums over the sample's sets.
-- Learning rates are those that the validation queries of each set chose.
SELECT model, dtype, task, count(*) AS sets, any_value(shots) AS shots, sum(queries) AS queries, count_if(status = 'failed') AS failed
FROM meta_optimizer GROUP BY ALL ORDER BY ALL;

CREATE TEMP MACRO drawn(b, i, n) AS 1 + (hash(b * 1000003 + i) % n)::BIGINT;

CREATE TEMP MACRO means(a, b) AS list_transform(range(1000), s ->
  list_sum(list_transform(range(len(a)), i -> a[drawn(s, i, len(a))]))
  / nullif(list_sum(list_transform(range(len(a)), i -> b[drawn(s, i, len(a))])), 0));

CREATE TEMP MACRO shown(x) AS CASE WHEN x IS NULL OR isnan(x) THEN '-' ELSE format('{:.3f}', x) END;

CREATE TEMP MACRO proportion(a, b) AS shown(list_sum(a) / nullif(list_sum(b), 0)) || ' ['
  || shown(list_aggregate(means(a, b), 'quantile_cont', 0.025)) || ', '
  || shown(list_aggregate(means(a, b), 'quantile_cont', 0.975)) || ']';

CREATE TEMP MACRO average(a) AS proportion(a, list_transform(a, x -> 1.0));

CREATE TEMP VIEW compared AS
SELECT model, dtype, task, trial_id, queries, zero_shot_accuracy, prompted_accuracy, prompted_shuffled_accuracy,
       unnest(comparisons, max_depth := 2)
FROM meta_optimizer WHERE status = 'ok';

CREATE TEMP VIEW chosen AS
SELECT * FROM compared WHERE NOT coalesce(diverged, false) AND coalesce(chosen, true);

CREATE TEMP VIEW layer AS
SELECT * EXCLUDE (layers), unnest(layers, max_depth := 2) FROM chosen;

CREATE TEMP VIEW heads AS
SELECT * EXCLUDE (heads), unnest(heads, max_depth := 2) FROM layer;

-- Table 1: accuracy of the bare model, after fine-tuning, and in context; with labels exchanged among the demonstrations;
-- and, beside the bootstrap, Wilson's interval of the accuracy in context over all queries.
WITH sets AS (
  SELECT model, dtype, task, any_value(queries) AS n, trial_id,
         any_value(zero_shot_accuracy) AS zero_shot, any_value(prompted_accuracy) AS icl,
         any_value(prompted_shuffled_accuracy) AS icl_shuffled,
         any_value(accuracy) FILTER (reference = 'icl' AND comparison = 'keys-and-values') AS keys_and_values,
         any_value(accuracy) FILTER (reference = 'icl' AND comparison = 'layer-causal') AS layer_causal,
         any_value(accuracy) FILTER (reference = 'icl' AND comparison = 'values') AS only_values,
         any_value(accuracy) FILTER (reference = 'icl' AND comparison = 'whole-model') AS whole_model,
         any_value(accuracy) FILTER (reference = 'icl' AND comparison = 'shuffled-labels') AS tuned_shuffled
  FROM chosen GROUP BY ALL),
counted AS (SELECT model, dtype, task, sum(n) AS n, sum(icl * n) / sum(n) AS p FROM sets GROUP BY ALL)
SELECT model, dtype, task, average(list(zero_shot)) AS zero_shot,
       average(list(keys_and_values) FILTER (keys_and_values IS NOT NULL)) AS keys_and_values,
       average(list(layer_causal) FILTER (layer_causal IS NOT NULL)) AS layer_causal,
       average(list(only_values) FILTER (only_values IS NOT NULL)) AS "values",
       average(list(whole_model) FILTER (whole_model IS NOT NULL)) AS whole_model,
       average(list(icl)) AS icl,
       average(list(icl_shuffled) FILTER (icl_shuffled IS NOT NULL)) AS icl_shuffled,
       average(list(tuned_shuffled) FILTER (tuned_shuffled IS NOT NULL)) AS tuned_shuffled,
       any_value('[' || shown((c.p + 1.92 / c.n - 1.96 * sqrt(c.p * (1 - c.p) / c.n + 0.96 / c.n ** 2)) / (1 + 3.84 / c.n)) || ', '
         || shown((c.p + 1.92 / c.n + 1.96 * sqrt(c.p * (1 - c.p) / c.n + 0.96 / c.n ** 2)) / (1 + 3.84 / c.n)) || ']') AS icl_wilson
FROM sets JOIN counted c USING (model, dtype, task) GROUP BY ALL ORDER BY ALL;

-- Table 2: Rec2FTP, the part of what fine-tuning puts right that learning in context puts right too; its null, P(ICL right |
-- zero-shot wrong); the same the other way round with its null; and how many queries fine-tuning puts right in all.
SELECT model, dtype, comparison, task, sum(right_of_these)::BIGINT AS put_right,
       proportion(list(both_right_of_these), list(right_of_these)) AS rec2ftp,
       proportion(list(reference_right_of_these), list(zero_shot_wrong)) AS rec2ftp_null,
       proportion(list(both_right_of_these), list(reference_right_of_these)) AS reverse,
       proportion(list(right_of_these), list(zero_shot_wrong)) AS reverse_null
FROM chosen WHERE reference = 'icl' AND comparison IN ('keys-and-values', 'layer-causal', 'values', 'whole-model')
GROUP BY ALL ORDER BY ALL;

-- Table 3: SimAOU, mean over layers. raw: cosine of the updates; paper: of outputs of length 1; null: what that is for updates
-- that have nothing to do with each other; random: with a random update of the same norm; uniform: the paper's baseline;
-- permuted: raw, with the update for another query of the set. Updates are in parts of the bare output's norm.
WITH sets AS (
  SELECT model, dtype, comparison, task, trial_id, avg(sim_aou) AS raw, avg(sim_aou_normalised) AS paper,
         avg(null_of_angles) AS "null", avg(random_direction_normalised) AS random, avg(random_uniform) AS uniform,
         avg(permuted) AS permuted, avg(reference_update_norm / zero_shot_norm) AS icl_update,
         avg(update_norm / zero_shot_norm) AS update
  FROM layer WHERE reference = 'icl' GROUP BY ALL)
SELECT model, dtype, comparison, task, average(list(raw) FILTER (raw IS NOT NULL)) AS raw,
       average(list(permuted) FILTER (permuted IS NOT NULL)) AS permuted,
       average(list(paper) FILTER (paper IS NOT NULL)) AS paper, shown(avg("null")) AS "null", shown(avg(random)) AS random,
       shown(avg(uniform)) AS uniform, shown(avg(icl_update)) AS icl_update, shown(avg(update)) AS update
FROM sets GROUP BY ALL ORDER BY ALL;

-- The 2 x 2 of labels, and what else moves h_ZSL: SimAOU raw and of the paper over all tasks, mean over layers.
WITH sets AS (
  SELECT model, dtype, reference, comparison, trial_id, avg(sim_aou) AS raw, avg(permuted) AS permuted,
         avg(sim_aou_normalised) AS paper, avg(null_of_angles) AS "null"
  FROM layer GROUP BY ALL)
SELECT model, dtype, reference, comparison, count(*) AS sets, average(list(raw) FILTER (raw IS NOT NULL)) AS raw,
       average(list(permuted) FILTER (permuted IS NOT NULL)) AS permuted,
       average(list(paper) FILTER (paper IS NOT NULL)) AS paper, shown(avg("null")) AS "null"
FROM sets GROUP BY ALL ORDER BY ALL;

-- Layer by layer: SimAOU raw.
WITH sets AS (SELECT model, dtype, comparison, module, trial_id, avg(sim_aou) AS raw, avg(permuted) AS permuted FROM layer
              WHERE reference = 'icl' GROUP BY ALL)
SELECT model, dtype, comparison, module, average(list(raw) FILTER (raw IS NOT NULL)) AS raw,
       average(list(permuted) FILTER (permuted IS NOT NULL)) AS permuted
FROM sets GROUP BY ALL ORDER BY ALL;

-- Table 4: SimAM, mean over layers and heads: before and after fine-tuning, and of the updates.
WITH sets AS (
  SELECT model, dtype, comparison, task, trial_id, avg(sim_am_before) AS before, avg(sim_am_after) AS after,
         avg(sim_am_of_updates) AS updates
  FROM heads WHERE reference = 'icl' GROUP BY ALL)
SELECT model, dtype, comparison, task, average(list(before) FILTER (before IS NOT NULL)) AS before,
       average(list(after) FILTER (after IS NOT NULL)) AS after,
       average(list(after - before) FILTER (after IS NOT NULL AND before IS NOT NULL)) AS difference,
       average(list(updates) FILTER (updates IS NOT NULL)) AS of_updates
FROM sets WHERE before IS NOT NULL GROUP BY ALL ORDER BY ALL;

-- Table 5: Kendall's tau over tokens and over demonstrations, mean over layers; null: when whole demonstrations change places
-- (mean and standard deviation of one order); random: the paper's baseline.
WITH sets AS (
  SELECT model, dtype, comparison, task, trial_id, avg(kendall_tokens) AS tokens, avg(kendall_tokens_null) AS tokens_null,
         avg(kendall_tokens_null_sd) AS tokens_sd, avg(kendall_examples) AS examples, avg(kendall_examples_null) AS examples_null,
         avg(kendall_examples_null_sd) AS examples_sd, avg(kendall_random) AS random
  FROM layer WHERE reference = 'icl' GROUP BY ALL)
SELECT model, dtype, comparison, task, average(list(tokens) FILTER (tokens IS NOT NULL)) AS tokens,
       shown(avg(tokens_null)) || ' +- ' || shown(avg(tokens_sd)) AS "null",
       average(list(examples) FILTER (examples IS NOT NULL)) AS examples,
       shown(avg(examples_null)) || ' +- ' || shown(avg(examples_sd)) AS examples_null, shown(avg(random)) AS random
FROM sets WHERE tokens IS NOT NULL GROUP BY ALL ORDER BY ALL;

-- The learning rates: how often each was chosen, and what each does on the queries that judge.
SELECT model, dtype, comparison, learning_rate, count_if(chosen) AS chosen, count_if(diverged) AS diverged,
       shown(avg(training_loss)) AS training_loss, shown(avg(validation_loss)) AS validation_loss,
       shown(avg(accuracy)) AS accuracy, shown(avg(loss)) AS loss, shown(avg(weight_change)) AS weight_change
FROM compared WHERE reference = 'icl' AND learning_rate > 0
  AND comparison IN ('keys-and-values', 'layer-causal', 'values', 'whole-model')
GROUP BY ALL ORDER BY ALL;
