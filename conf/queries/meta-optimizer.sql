-- A number is a mean over demonstration sets (of queries: over all queries of all sets), with the 95 % interval of 1,000
-- bootstrap samples of each task's sets, the same ones every time, in brackets. The task (all) is the mean of the
-- tasks' numbers, where every task has one. Learning rates are those that the validation queries of each set chose.
SELECT model, dtype, shots, task, count(*) AS sets, sum(queries)::BIGINT AS queries, count_if(status = 'failed') AS failed
FROM meta_optimizer GROUP BY ALL ORDER BY ALL;

CREATE TEMP TABLE compared AS
SELECT model, dtype, shots, task, trial_id, queries, zero_shot_accuracy, prompted_accuracy, prompted_shuffled_accuracy,
       unnest(comparisons, max_depth := 2)
FROM meta_optimizer WHERE status = 'ok';

-- The variants of fine-tuning; all other comparisons are controls.
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
  SELECT model, dtype, shots, task, trial_id, reference, comparison, queries, accuracy FROM chosen WHERE reference = 'icl'
  UNION ALL BY NAME
  SELECT DISTINCT model, dtype, shots, task, trial_id, 'icl' AS reference, '' AS comparison, queries,
         unnest([zero_shot_accuracy, prompted_accuracy, prompted_shuffled_accuracy]) AS accuracy,
         unnest(['zero_shot', 'icl', 'icl_shuffled']) AS way
  FROM compared),
-- Queries corrected by fine-tuning that the context would correct too if the two were independent within a set.
recovered AS (
  SELECT *, right_of_these * reference_right_of_these / nullif(zero_shot_wrong, 0) AS both_by_chance FROM chosen),
outputs AS (
  SELECT model, dtype, shots, task, trial_id, reference, comparison, avg(sim_aou) AS raw, avg(permuted) AS permuted,
         avg(sim_aou - permuted) AS own, avg(sim_aou_normalised) AS paper, avg(null_of_norms) AS null_of_norms,
         avg(null_of_angles) AS null_of_angles, avg(random_direction) AS random,
         avg(random_direction_normalised) AS random_paper, avg(random_uniform) AS uniform,
         avg(reference_update_norm / zero_shot_norm) AS icl_update, avg(update_norm / zero_shot_norm) AS update_size,
         avg(kendall_tokens) AS tokens, avg(kendall_tokens_null) AS tokens_null, avg(kendall_tokens_null_sd) AS tokens_sd,
         avg(kendall_position) AS tokens_position,
         avg(kendall_examples_position) AS examples_position,
         avg(kendall_same_token) AS tokens_same,
         avg(kendall_examples) AS examples, avg(kendall_examples_null) AS examples_null,
         avg(kendall_examples_null_sd) AS examples_sd, avg(kendall_random) AS tokens_random
  FROM layer GROUP BY ALL),
maps AS (
  SELECT model, dtype, shots, task, trial_id, reference, comparison, avg(sim_am_before) AS before, avg(sim_am_after) AS after,
         avg(sim_am_after - sim_am_before) AS difference, avg(sim_am_of_updates) AS of_updates
  FROM heads GROUP BY ALL)
SELECT model, dtype, shots, task, trial_id, reference, comparison, coalesce(way, 'accuracy') AS measure,
       accuracy * queries AS a, queries::DOUBLE AS b
FROM accuracies
UNION ALL
SELECT model, dtype, shots, task, trial_id, reference, comparison, measure, a::DOUBLE, b::DOUBLE
FROM (SELECT *, unnest(['rec2ftp', 'null', 'null_within', 'excess', 'reverse', 'reverse_null', 'put_right']) AS measure,
             unnest([both_right_of_these, reference_right_of_these, both_by_chance, both_right_of_these - both_by_chance,
                     both_right_of_these, right_of_these, right_of_these]) AS a,
             unnest([right_of_these, zero_shot_wrong, right_of_these, right_of_these,
                     reference_right_of_these, zero_shot_wrong, queries]) AS b
      FROM recovered)
UNION ALL SELECT model, dtype, shots, task, trial_id, reference, comparison, measure, a, 1
FROM (UNPIVOT outputs ON COLUMNS(* EXCLUDE (model, dtype, shots, task, trial_id, reference, comparison))
      INTO NAME measure VALUE a)
UNION ALL SELECT model, dtype, shots, task, trial_id, reference, comparison, measure, a, 1
FROM (UNPIVOT maps ON COLUMNS(* EXCLUDE (model, dtype, shots, task, trial_id, reference, comparison))
      INTO NAME measure VALUE a);

CREATE TEMP MACRO shown(x) AS CASE WHEN x IS NULL OR isnan(x) THEN '-' ELSE format('{:.3f}', x) END;

CREATE TEMP TABLE samples AS
SELECT model, dtype, shots, task, reference, comparison, measure, list(a ORDER BY trial_id) AS a,
       list(b ORDER BY trial_id) AS b, count(*) AS n
FROM measured WHERE a IS NOT NULL AND b IS NOT NULL AND NOT isnan(a) GROUP BY ALL;

-- The multiplicity of each of a task's n sets in a bootstrap sample.
CREATE TEMP TABLE weights AS
WITH sizes AS (SELECT DISTINCT task, n FROM samples),
places AS (SELECT task, n, s, unnest(range(n)) AS i FROM sizes, range(1000) AS samples(s)),
draws AS (SELECT task, n, s, (hash(task, n, s, i) % n)::BIGINT AS i, count(*) AS times FROM places GROUP BY ALL)
SELECT task, n, s, list(coalesce(times, 0)::DOUBLE ORDER BY i) AS w
FROM places LEFT JOIN draws USING (task, n, s, i) GROUP BY ALL;

CREATE TEMP TABLE intervals AS
WITH of_tasks AS (
  SELECT model, dtype, shots, task, reference, comparison, measure, s, list_sum(a) / nullif(list_sum(b), 0) AS value,
         list_sum(a) AS a, list_inner_product(w, a) / nullif(list_inner_product(w, b), 0) AS x
  FROM samples JOIN weights USING (task, n)),
tasks AS (SELECT model, dtype, shots, count(DISTINCT task) AS tasks FROM compared GROUP BY ALL),
of_all AS (
  SELECT model, dtype, shots, '(all)' AS task, reference, comparison, measure, s, avg(value) AS value, avg(x) AS x
  FROM of_tasks JOIN tasks USING (model, dtype, shots) GROUP BY ALL HAVING count(x) = any_value(tasks))
SELECT model, dtype, shots, task, reference, comparison, measure, any_value(value) AS value, any_value(a) AS count,
       shown(any_value(value)) || ' [' || shown(quantile_cont(x, 0.025)) || ', ' || shown(quantile_cont(x, 0.975)) || ']' AS text
FROM (SELECT * FROM of_tasks UNION ALL BY NAME SELECT * FROM of_all) GROUP BY ALL;

-- Table 1: accuracy of the bare model, after every variant of fine-tuning and after the first on labels shuffled among the
-- demonstrations, in context, and in a context with shuffled labels; beside it Wilson's interval of 95 % over all queries, as
-- if each had a set of its own.
WITH counted AS (
  SELECT model, dtype, shots, task, reference, comparison, measure, sum(a) / sum(b) AS p, sum(b)::BIGINT AS n
  FROM measured GROUP BY ALL)
SELECT model, dtype, shots, task, CASE WHEN measure = 'accuracy' THEN comparison ELSE measure END AS way, n AS queries,
       text AS accuracy,
       shown((p + 1.9207 / n - 1.96 * sqrt(p * (1 - p) / n + 0.9604 / n ** 2)) / (1 + 3.8415 / n)) AS wilson_lower,
       shown((p + 1.9207 / n + 1.96 * sqrt(p * (1 - p) / n + 0.9604 / n ** 2)) / (1 + 3.8415 / n)) AS wilson_upper
FROM intervals LEFT JOIN counted USING (model, dtype, shots, task, reference, comparison, measure)
WHERE measure IN ('zero_shot', 'icl', 'icl_shuffled')
   OR measure = 'accuracy' AND (comparison IN (FROM variants) OR comparison = 'shuffled-labels')
ORDER BY ALL;

-- Table 2: Rec2FTP, the share of the queries corrected by fine-tuning that the context corrects too. null: its value if the two
-- are independent, P(ICL right | zero-shot wrong); within: if they are independent within each set, while some sets may be easier
-- for both; excess: Rec2FTP minus this. The same the other way round; and the number of queries corrected by fine-tuning.
SELECT model, dtype, shots, comparison, task, any_value(count) FILTER (measure = 'put_right')::BIGINT AS put_right,
       any_value(text) FILTER (measure = 'rec2ftp') AS rec2ftp, any_value(text) FILTER (measure = 'null') AS "null",
       any_value(text) FILTER (measure = 'null_within') AS within, any_value(text) FILTER (measure = 'excess') AS excess,
       any_value(text) FILTER (measure = 'reverse') AS reverse, any_value(text) FILTER (measure = 'reverse_null') AS reverse_null
FROM intervals
WHERE reference = 'icl' AND task <> '(all)' AND comparison NOT LIKE 'icl-%'
  AND comparison NOT IN ('', 'limit', 'negated', 'random-weights')
GROUP BY ALL ORDER BY ALL;

-- Table 3: SimAOU, mean over layers. raw: cosine of the updates; permuted: with the update for another query of the set; own:
-- their difference, the part specific to a query; random: with a random direction; uniform: the paper's baseline.
-- paper: cosine of outputs of norm 1, beside its value for updates orthogonal to the output and to each other (norms), for
-- updates whose components orthogonal to the output are so (angles), and for a random update of the same norm. Norms of updates
-- are relative to the bare output's. For fine-tuning and its controls.
SELECT model, dtype, shots, reference, comparison, task, any_value(text) FILTER (measure = 'raw') AS raw,
       any_value(text) FILTER (measure = 'permuted') AS permuted, any_value(text) FILTER (measure = 'own') AS own,
       shown(any_value(value) FILTER (measure = 'random')) AS random,
       shown(any_value(value) FILTER (measure = 'uniform')) AS uniform,
       any_value(text) FILTER (measure = 'paper') AS paper,
       shown(any_value(value) FILTER (measure = 'null_of_norms')) AS norms,
       shown(any_value(value) FILTER (measure = 'null_of_angles')) AS angles,
       shown(any_value(value) FILTER (measure = 'random_paper')) AS random_paper,
       shown(any_value(value) FILTER (measure = 'icl_update')) AS icl_update,
       shown(any_value(value) FILTER (measure = 'update_size')) AS "update"
FROM intervals
WHERE reference <> 'fine-tuning' AND comparison NOT LIKE 'icl-%' AND comparison <> ''
GROUP BY ALL ORDER BY ALL;

-- The same and all other controls, over all tasks: labels shuffled on either side, another task, a negated gradient, random
-- weights, other orders, another set, an uninformative context.
SELECT model, dtype, shots, reference, comparison, any_value(text) FILTER (measure = 'raw') AS raw,
       any_value(text) FILTER (measure = 'permuted') AS permuted, any_value(text) FILTER (measure = 'own') AS own,
       any_value(text) FILTER (measure = 'paper') AS paper,
       shown(any_value(value) FILTER (measure = 'null_of_norms')) AS norms,
       shown(any_value(value) FILTER (measure = 'null_of_angles')) AS angles,
       any_value(text) FILTER (measure = 'of_updates') AS sim_am_of_updates
FROM intervals WHERE task = '(all)' AND comparison <> '' GROUP BY ALL ORDER BY ALL;

-- Table 4: SimAM, mean over layers and heads: before and after fine-tuning, the difference, and of the updates.
SELECT model, dtype, shots, comparison, task, any_value(text) FILTER (measure = 'before') AS before,
       any_value(text) FILTER (measure = 'after') AS after, any_value(text) FILTER (measure = 'difference') AS difference,
       any_value(text) FILTER (measure = 'of_updates') AS of_updates
FROM intervals
WHERE reference = 'icl' AND comparison IN (FROM variants)
  AND measure IN ('before', 'after', 'difference', 'of_updates')
GROUP BY ALL ORDER BY ALL;

-- Table 5: Kendall's tau over tokens and over demonstrations, mean over layers; null: over permutations of whole demonstrations
-- (mean, and standard deviation of one permutation); random: the paper's baseline; position, same_token: of the attention in
-- context with the position of a token or demonstration and with an indicator of the query's last token, without fine-tuning.
SELECT model, dtype, shots, comparison, task, any_value(text) FILTER (measure = 'tokens') AS tokens,
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

-- Layer by layer, mean of the tasks' means: SimAOU raw, with the update for another query, and the paper's beside its null.
WITH of_tasks AS (
  SELECT model, dtype, shots, comparison, module, task, avg(sim_aou) AS raw, avg(permuted) AS permuted,
         avg(sim_aou_normalised) AS paper, avg(null_of_angles) AS angles
  FROM layer WHERE reference = 'icl' GROUP BY ALL)
SELECT model, dtype, shots, comparison, module, count(*) AS tasks, shown(avg(raw)) AS raw, shown(avg(permuted)) AS permuted,
       shown(avg(paper)) AS paper, shown(avg(angles)) AS angles
FROM of_tasks GROUP BY ALL ORDER BY ALL;

-- The learning rates: the number of sets that chose each, and its results on the test queries.
SELECT model, dtype, shots, comparison, task, learning_rate, count_if(chosen) AS chosen, count_if(diverged) AS diverged,
       shown(avg(training_loss)) AS training_loss, shown(avg(validation_loss)) AS validation_loss,
       shown(avg(accuracy)) AS accuracy, shown(avg(loss)) AS loss, shown(avg(weight_change)) AS weight_change
FROM compared WHERE reference = 'icl' AND comparison IN (FROM variants)
GROUP BY ALL ORDER BY ALL;

-- Accuracy less the bare model's, with half the 95 % interval for sets and queries that are both drawn: an answer belongs to a
-- set and to a query, which is asked after several sets where the test split is small. The variance of the mean is
-- V(by set) + V(by query) - V(by answer), and never less than one of the first two; its Student's t has as many degrees of
-- freedom as the smaller number less one. by_set: half the interval if no query came twice. Every learning rate; the one of
-- each set that has the smallest loss of the validation queries; and the one with the most of them right, of equals the one with
-- the smaller loss. Tables from before the rows named their queries have no column query_ids, and no answer to this.
WITH tuned AS (
  SELECT *, row_number() OVER (a_set ORDER BY validation_loss) = 1 AS least_loss,
         row_number() OVER (a_set ORDER BY validation_accuracy DESC, validation_loss) = 1 AS most_right
  FROM compared JOIN (SELECT trial_id, query_ids, zero_shot_right_ids FROM meta_optimizer) USING (trial_id)
  WHERE reference = 'icl' AND comparison IN (FROM variants) AND NOT diverged
  WINDOW a_set AS (PARTITION BY model, dtype, shots, task, trial_id, comparison)),
ways AS (
  SELECT model, dtype, shots, task, trial_id, query_ids, zero_shot_right_ids,
         unnest([concat(comparison, ' ', learning_rate), if(least_loss, concat(comparison, ' by loss'), NULL),
                 if(most_right, concat(comparison, ' by accuracy'), NULL)]) AS way,
         right_ids
  FROM tuned
  UNION ALL
  SELECT model, dtype, shots, task, trial_id, query_ids, zero_shot_right_ids, 'icl', prompted_right_ids
  FROM meta_optimizer WHERE status = 'ok'),
asked AS (SELECT *, unnest(query_ids) AS query FROM ways WHERE way IS NOT NULL),
differences AS (
  SELECT model, dtype, shots, task, way, trial_id, query,
         list_contains(right_ids, query)::INT - list_contains(zero_shot_right_ids, query)::INT AS d
  FROM asked),
residuals AS (SELECT *, d - avg(d) OVER (PARTITION BY model, dtype, shots, task, way) AS e FROM differences),
clusters AS (
  SELECT model, dtype, shots, task, way, trial_id, query, sum(d) AS d, sum(e) AS e, count(*) AS answers,
         grouping(query) AS is_set, grouping(trial_id) AS is_query
  FROM residuals GROUP BY GROUPING SETS ((model, dtype, shots, task, way, trial_id), (model, dtype, shots, task, way, query),
                                         (model, dtype, shots, task, way, trial_id, query))),
sums AS (
  SELECT model, dtype, shots, task, way, is_set, is_query, count(*) AS n, sum(d) / sum(answers) AS less_bare,
         count(*) / (count(*) - 1) * sum(e ** 2) / sum(answers) ** 2 AS v
  FROM clusters GROUP BY ALL HAVING count(*) > 1),
variances AS (
  SELECT model, dtype, shots, task, way, any_value(less_bare) AS less_bare, any_value(n) FILTER (is_set = 1) AS sets,
         any_value(n) FILTER (is_query = 1) AS queries, any_value(v) FILTER (is_set = 1) AS of_sets,
         any_value(v) FILTER (is_query = 1) AS of_queries, any_value(v) FILTER (is_set + is_query = 0) AS of_answers
  FROM sums GROUP BY ALL)
SELECT model, dtype, shots, task, way, sets, queries, shown(less_bare) AS less_bare,
       shown(t_975(least(sets, queries) - 1) * sqrt(greatest(of_sets + of_queries - of_answers, of_sets, of_queries))) AS half,
       shown(t_975(sets - 1) * sqrt(of_sets)) AS by_set
FROM variances ORDER BY ALL;
