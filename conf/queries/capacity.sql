-- Accuracy by pairs: mean over the seeds, and its standard deviation; less the softmax twin's with the same seed, ± half the 95 %
-- interval (Student's t); and of the keys that were shown, min(pairs, 32) of 32, the part that is recalled, if the others are right
-- as often as by chance.
CREATE TEMP TABLE curve AS
SELECT variant, seed, context AS pairs, evaluation_accuracy AS accuracy FROM training_curve WHERE evaluation = 'associative-recall';

SELECT t.variant, t.pairs, count(*) AS seeds, round(avg(t.accuracy), 3) AS accuracy, round(stddev_samp(t.accuracy), 3) AS sd,
       printf('%+.3f ± %.3f', avg(t.accuracy - s.accuracy), half_interval(stddev_samp(t.accuracy - s.accuracy), count(*))) AS less_softmax,
       round(avg((t.accuracy - (1 - least(t.pairs, 32) / 32) / 32) / nullif(least(t.pairs, 32) / 32, 0)), 3) AS recalled
FROM curve t JOIN curve s USING (seed, pairs) WHERE s.variant = 'softmax' GROUP BY ALL ORDER BY t.variant, t.pairs;

-- The fewest pairs from which no larger number up to 32 gains more than two points, for each training.
SELECT variant, count(*) AS seeds, list(stop ORDER BY seed) AS stops_at, printf('%.1f', avg(stop)) AS mean,
       list(round(best, 2) ORDER BY seed) AS best
FROM (SELECT a.variant, a.seed, min(a.pairs) AS stop, any_value(b.best) AS best
      FROM curve a JOIN (SELECT variant, seed, max(accuracy) AS best FROM curve WHERE pairs <= 32 GROUP BY ALL) b USING (variant, seed)
      WHERE a.accuracy >= b.best - 0.02 GROUP BY ALL) GROUP BY ALL ORDER BY variant;

-- The training: loss and accuracy over all examples of an episode of the last 50 steps.
SELECT variant, count(*) AS seeds, round(avg(loss), 3) AS loss, round(avg(accuracy), 3) AS accuracy, list(round(accuracy, 2) ORDER BY seed) AS by_seed
FROM training_curve WHERE loss IS NOT NULL AND step = (SELECT max(step) FROM training_curve WHERE loss IS NOT NULL) GROUP BY ALL ORDER BY variant;
