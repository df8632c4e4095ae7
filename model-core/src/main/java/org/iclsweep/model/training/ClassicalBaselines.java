package org.iclsweep.model.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.reproducible.Vectors;

/**
 * Classical baselines on the same demonstrations: the nearest class mean, and ridge regression on ±1 targets with λ = 1
 * and an intercept. Vectors unchanged; texts as bags of words weighted by tf-idf of the demonstrations alone, of length
 * 1, means compared by their cosine.
 */
final class ClassicalBaselines {
    private static final double RIDGE = 1;

    private final double[][] demonstrations;
    private final int[] labels;
    private final int classes;
    private final boolean cosine;
    private final Map<String, Integer> vocabulary = new HashMap<>();
    private final double[] weights;

    /**
     * @param inputs the demonstrations
     * @param labels of each
     * @param classes number of classes
     */
    ClassicalBaselines(List<Input> inputs, int[] labels, int classes) {
        this.labels = labels.clone();
        this.classes = classes;
        this.cosine = inputs.get(0) instanceof Input.Text;
        this.weights = cosine ? rarity(inputs) : new double[0];
        this.demonstrations = inputs.stream().map(this::features).toArray(double[][]::new);
    }

    private double[] rarity(List<Input> inputs) {
        Map<String, Integer> texts = new TreeMap<>();
        inputs.forEach(input -> words(input).keySet().forEach(word -> texts.merge(word, 1, Integer::sum)));
        texts.keySet().forEach(word -> vocabulary.put(word, vocabulary.size()));
        double[] inverse = new double[vocabulary.size()];
        texts.forEach((word, count) ->
                inverse[vocabulary.getOrDefault(word, 0)] = Math.log((1.0 + inputs.size()) / (1 + count)) + 1);
        return inverse;
    }

    private static Map<String, Integer> words(Input input) {
        Map<String, Integer> words = new TreeMap<>();
        if (input instanceof Input.Text text) {
            text.fields().values().forEach(value -> BytePairTrainer.countWords(value, words));
        }
        return words;
    }

    private double[] features(Input input) {
        if (input instanceof Input.Vector vector) {
            return vector.values();
        }
        double[] bag = new double[weights.length];
        words(input).forEach((word, count) -> {
            Integer index = vocabulary.get(word);
            if (index != null) {
                bag[index] = count * weights[index];
            }
        });
        return scaled(bag);
    }

    private static double[] scaled(double[] vector) {
        double norm = Vectors.norm(vector);
        return norm == 0 ? vector : Arrays.stream(vector).map(x -> x / norm).toArray();
    }

    /** The class of each query whose mean is nearest; the first of equals. */
    int[] nearestCentroid(List<Input> queries) {
        double[][] means = new double[classes][demonstrations[0].length];
        int[] counts = new int[classes];
        for (int i = 0; i < labels.length; i++) {
            counts[labels[i]]++;
            Vectors.addScaled(means[labels[i]], 1, demonstrations[i]);
        }
        return queries.stream()
                .mapToInt(query -> {
                    double[] x = features(query);
                    double[] scores = new double[classes];
                    Arrays.setAll(
                            scores, c -> counts[c] == 0 ? Double.NEGATIVE_INFINITY : near(x, means[c], counts[c]));
                    return Vectors.argmax(scores);
                })
                .toArray();
    }

    private double near(double[] x, double[] sum, int count) {
        if (cosine) {
            return Vectors.dot(x, scaled(sum));
        }
        double[] difference = Vectors.difference(
                x, Arrays.stream(sum).map(total -> total / count).toArray());
        return -Vectors.dot(difference, difference);
    }

    /** The class of each query by ridge regression, solved in its dual form. */
    int[] ridge(List<Input> queries) {
        int n = labels.length;
        double[] mean = mean();
        List<double[]> centred = new ArrayList<>();
        for (double[] row : demonstrations) {
            centred.add(Vectors.difference(row, mean));
        }
        RealMatrix kernel = new Array2DRowRealMatrix(n, n);
        RealMatrix targets = new Array2DRowRealMatrix(n, classes);
        double[] offsets = new double[classes];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                kernel.setEntry(i, j, Vectors.dot(centred.get(i), centred.get(j)) + (i == j ? RIDGE : 0));
            }
            for (int c = 0; c < classes; c++) {
                offsets[c] += (labels[i] == c ? 1.0 : -1.0) / n;
            }
        }
        for (int i = 0; i < n; i++) {
            for (int c = 0; c < classes; c++) {
                targets.setEntry(i, c, (labels[i] == c ? 1 : -1) - offsets[c]);
            }
        }
        RealMatrix dual = new CholeskyDecomposition(kernel).getSolver().solve(targets);
        return queries.stream()
                .mapToInt(query -> {
                    double[] x = Vectors.difference(features(query), mean);
                    double[] scores = offsets.clone();
                    for (int i = 0; i < n; i++) {
                        double similarity = Vectors.dot(x, centred.get(i));
                        for (int c = 0; c < classes; c++) {
                            scores[c] += similarity * dual.getEntry(i, c);
                        }
                    }
                    return Vectors.argmax(scores);
                })
                .toArray();
    }

    private double[] mean() {
        double[] mean = new double[demonstrations[0].length];
        for (double[] row : demonstrations) {
            for (int d = 0; d < mean.length; d++) {
                mean[d] += row[d] / demonstrations.length;
            }
        }
        return mean;
    }
}
