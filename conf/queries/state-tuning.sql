-- A number is a mean over demonstration sets, whose seeds are averaged first, ± half its 95 % interval over sets (Student's t).
SELECT model, dtype, task, shots, count(*) AS sets, sum(queries)::BIGINT AS queries, count_if(status = 'failed') AS failed,
       max(tuned_parameters) AS tuned_parameters, max(converted_max_abs_logit_error) AS max_error,
       printf('%.3f ± %.3f', avg(zero_shot_accuracy), half_interval(stddev_samp(zero_shot_accuracy), count(*))) AS zero_shot,
       printf('%.3f ± %.3f', avg(prompted_accuracy), half_interval(stddev_samp(prompted_accuracy), count(*))) AS prompted,
       round(avg(zero_shot_loss), 3) AS zero_shot_loss, round(avg(prompted_loss), 3) AS prompted_loss
FROM state_tuning GROUP BY ALL ORDER BY ALL;

CREATE TEMP TABLE tuned AS SELECT * FROM tuned_sets();

-- Every start at every learning rate, by steps.
SELECT model, task, shots, examples, learning_rate AS rate, start, step, count(*) AS sets, sum(seeds)::BIGINT AS states,
       sum(diverged)::BIGINT AS diverged, round(avg(training_loss), 3) AS training_loss,
       printf('%.3f ± %.3f', avg(accuracy), half_interval(stddev_samp(accuracy), count(accuracy))) AS accuracy,
       printf('%.3f ± %.3f', avg(loss), half_interval(stddev_samp(loss), count(loss))) AS loss
FROM tuned GROUP BY ALL ORDER BY ALL;

-- Mean difference of the pairs of one set, whose seeds are averaged.
CREATE TEMP MACRO difference(a, b) AS
  printf('%+.3f ± %.3f', avg(a - b), half_interval(stddev_samp(a - b), count(a - b)));

-- The converted start less each other one, at the same learning rate and step.
SELECT model, task, shots, examples, learning_rate AS rate, step, other.start AS less, count(*) AS sets,
       difference(own.accuracy, other.accuracy) AS accuracy, difference(own.loss, other.loss) AS loss
FROM tuned AS own
JOIN tuned AS other USING (sweep, model, dtype, task, shots, demonstration_set, examples, learning_rate, step)
WHERE own.start = 'converted' AND other.start <> 'converted' GROUP BY ALL ORDER BY ALL;

-- Each start at a learning rate of its own: for each set the one with the smallest mean loss on the other sets.
CREATE TEMP TABLE chosen AS
WITH others AS (
  SELECT sweep, model, dtype, task, shots, examples, start, step, learning_rate, demonstration_set, accuracy, loss,
         prompted_accuracy, prompted_loss, (sum(loss) OVER rates - loss) / (count(*) OVER rates - 1) AS loss_of_others
  FROM tuned
  WINDOW rates AS (PARTITION BY sweep, model, dtype, task, shots, examples, start, step, learning_rate))
SELECT sweep, model, dtype, task, shots, examples, start, step, demonstration_set,
       arg_min(learning_rate, loss_of_others) AS learning_rate, arg_min(accuracy, loss_of_others) AS accuracy,
       arg_min(loss, loss_of_others) AS loss, any_value(prompted_accuracy) AS prompted_accuracy,
       any_value(prompted_loss) AS prompted_loss
FROM others GROUP BY ALL;

SELECT model, task, shots, examples, start, step, count(*) AS sets, mode(learning_rate) AS rate,
       printf('%.3f ± %.3f', avg(accuracy), half_interval(stddev_samp(accuracy), count(*))) AS accuracy,
       printf('%.3f ± %.3f', avg(loss), half_interval(stddev_samp(loss), count(*))) AS loss,
       difference(accuracy, prompted_accuracy) AS accuracy_less_prompted, difference(loss, prompted_loss) AS loss_less_prompted
FROM chosen GROUP BY ALL ORDER BY ALL;

SELECT model, task, shots, examples, step, other.start AS less, count(*) AS sets,
       difference(own.accuracy, other.accuracy) AS accuracy, difference(own.loss, other.loss) AS loss
FROM chosen AS own JOIN chosen AS other USING (sweep, model, dtype, task, shots, demonstration_set, examples, step)
WHERE own.start = 'converted' AND other.start <> 'converted' GROUP BY ALL ORDER BY ALL;

-- The converted start less zero that has at least as many labels: at least as many examples more as there are shots.
SELECT own.model AS model, own.task AS task, own.shots AS shots, own.examples AS examples, other.examples AS examples_from_zero,
       own.step AS step, count(*) AS sets, difference(own.accuracy, other.accuracy) AS accuracy,
       difference(own.loss, other.loss) AS loss
FROM chosen AS own
JOIN chosen AS other USING (sweep, model, dtype, task, shots, demonstration_set, step)
WHERE own.start = 'converted' AND other.start = 'zero' AND other.examples >= own.examples + own.shots
GROUP BY ALL ORDER BY ALL;
