-- Trials, errors and audited errors by model and number of demonstrations.
SELECT model, task, shots, count(*) AS trials, count_if(status = 'failed') AS failed, max(max_abs_logit_error) AS max_abs_logit_error,
       quantile_cont(max_abs_logit_error, 0.5) AS median, quantile_cont(max_abs_logit_error, 0.999) AS "99.9 %",
       round(avg(zero_shot_accuracy), 4) AS zero_shot, round(avg(prompted_accuracy), 4) AS prompted, round(avg(converted_accuracy), 4) AS converted
FROM trials GROUP BY ALL ORDER BY ALL;

-- Answers that differ, and the smallest ratio of a query's margin to twice the largest error of a logit of its trial: below 1 an answer
-- can change. Contexts without demonstrations are left out.
SELECT model, shots, count(*) AS answers, count_if(p.prompted <> p.converted) AS differ,
       count_if(p.prompted_margin < 2 * max_abs_logit_error) AS could_differ, min(p.prompted_margin) AS smallest_margin,
       min(p.prompted_margin / (2 * max_abs_logit_error)) AS smallest_ratio,
       quantile_cont(p.prompted_margin / (2 * max_abs_logit_error), 0.0001) AS "ratio of 1 in 10,000"
FROM (SELECT model, shots, max_abs_logit_error, unnest(predictions) AS p FROM trials WHERE shots > 0)
GROUP BY ALL ORDER BY ALL;
