-- A context is a demonstration set of conf/sweeps/softmax-real.conf. Means over contexts with 95 % intervals by Student's t; seconds
-- are shares of a batch, comparable only where nothing ran beside.
CREATE TEMP VIEW contexts AS
SELECT method || coalesce(' ' || array_to_string(list_transform(
           list_filter(map_entries(method_parameters), lambda e: e.key NOT IN ('slots', 'budget', 'seed', 'keys', 'examples', 'held-back', 'example-length', 'example-seed', 'reference-length', 'sinks')),
           lambda e: e.key || '=' || e.value), ' '), '') AS way,
       demonstration_set_id AS context, mean_rel_logit_error AS error, mean_kl AS kl, converted_accuracy AS accuracy,
       prompted_accuracy AS prompted, top1_agreement AS same_token, bias_bytes AS bytes, run.convert_seconds AS seconds
FROM trials WHERE status = 'ok';

CREATE TEMP MACRO t(n) AS CASE WHEN n < 2 THEN NULL WHEN n <= 16 THEN
  [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131][n - 1]
  ELSE 1.96 + 2.5 / (n - 1) END;
CREATE TEMP MACRO half(x) AS t(count(x)) * stddev_samp(x) / sqrt(count(x));

SELECT way, count(*) AS contexts, avg(bytes)::BIGINT AS bytes,
       printf('%.4f ± %.4f', avg(error), half(error)) AS error, printf('%.4f ± %.4f', avg(kl), half(kl)) AS kl,
       round(median(kl), 4) AS median_kl, round(avg(same_token), 3) AS same_token,
       round(avg(accuracy), 3) AS accuracy, round(avg(prompted), 3) AS prompted, round(avg(seconds), 1) AS seconds
FROM contexts GROUP BY ALL ORDER BY bytes, avg(kl);

-- The divergence beside that of heavy hitters on the same context: geometric mean of the ratio, and its interval.
WITH paired AS (
  SELECT c.way, ln(c.kl / h.kl) AS ratio FROM contexts AS c JOIN contexts AS h USING (context)
  WHERE h.way = 'eviction policy=heavy-hitters' AND c.kl > 0)
SELECT way, count(*) AS contexts, round(exp(avg(ratio)), 3) AS kl_over_heavy_hitters,
       round(exp(avg(ratio) - half(ratio)), 3) AS low, round(exp(avg(ratio) + half(ratio)), 3) AS high,
       count_if(ratio < 0) AS contexts_that_are_better
FROM paired GROUP BY ALL ORDER BY 3;
