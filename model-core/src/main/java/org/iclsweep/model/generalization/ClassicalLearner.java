package org.iclsweep.model.generalization;

import de.bwaldvogel.liblinear.Feature;
import de.bwaldvogel.liblinear.FeatureNode;
import de.bwaldvogel.liblinear.Linear;
import de.bwaldvogel.liblinear.Parameter;
import de.bwaldvogel.liblinear.Problem;
import de.bwaldvogel.liblinear.SolverType;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import libsvm.svm;
import libsvm.svm_model;
import libsvm.svm_node;
import libsvm.svm_parameter;
import libsvm.svm_problem;

/**
 * Classical learners on the same demonstrations: logistic regression by LIBLINEAR (Fan et al., JMLR 2008), support
 * vector machines by LIBSVM (Chang and Lin, 2011), nearest neighbours by looking at all of them. C = 1, and γ = 1 /
 * (d_X Var x), as scikit-learn's default: LIBSVM's own, 1 / d_X, is for inputs of unit variance.
 */
public enum ClassicalLearner {
    LOGISTIC_REGRESSION(ClassicalLearner::regression),
    SVM_LINEAR((points, labels, query) -> machine(points, labels, query, svm_parameter.LINEAR)),
    SVM_RBF((points, labels, query) -> machine(points, labels, query, svm_parameter.RBF)),
    NEAREST_1((points, labels, query) -> nearest(points, labels, query, 1)),
    NEAREST_3((points, labels, query) -> nearest(points, labels, query, 3));

    private static final double COST = 1;
    private static final double TOLERANCE = 1e-3;
    private static final int CACHE_MEGABYTES = 1;

    private final Predictor predictor;

    ClassicalLearner(Predictor predictor) {
        this.predictor = predictor;
    }

    private interface Predictor {
        int predict(double[][] points, int[] labels, double[] query);
    }

    static {
        Linear.disableDebugOutput();
        svm.svm_set_print_string_function(text -> {});
    }

    /** The label, +1 or −1, of {@code query}; the only label there is, if the demonstrations have one only. */
    public int label(double[][] points, int[] labels, double[] query) {
        int first = labels[0];
        return Arrays.stream(labels).allMatch(label -> label == first)
                ? first
                : predictor.predict(points, labels, query);
    }

    private static int regression(double[][] points, int[] labels, double[] query) {
        Problem problem = new Problem();
        problem.l = points.length;
        problem.n = query.length;
        problem.x = Arrays.stream(points).map(ClassicalLearner::features).toArray(Feature[][]::new);
        problem.y = Arrays.stream(labels).asDoubleStream().toArray();
        Parameter parameter = new Parameter(SolverType.L2R_LR, COST, TOLERANCE);
        return (int) Linear.predict(Linear.train(problem, parameter), features(query));
    }

    private static Feature[] features(double[] point) {
        return IntStream.range(0, point.length)
                .mapToObj(i -> new FeatureNode(i + 1, point[i]))
                .toArray(Feature[]::new);
    }

    private static int machine(double[][] points, int[] labels, double[] query, int kernel) {
        svm_problem problem = new svm_problem();
        problem.l = points.length;
        problem.x = Arrays.stream(points).map(ClassicalLearner::nodes).toArray(svm_node[][]::new);
        problem.y = Arrays.stream(labels).asDoubleStream().toArray();
        svm_parameter parameter = new svm_parameter();
        parameter.svm_type = svm_parameter.C_SVC;
        parameter.kernel_type = kernel;
        parameter.gamma = 1 / (query.length * variance(points));
        parameter.C = COST;
        parameter.eps = TOLERANCE;
        parameter.cache_size = CACHE_MEGABYTES;
        parameter.shrinking = 1;
        svm_model model = svm.svm_train(problem, parameter);
        return (int) svm.svm_predict(model, nodes(query));
    }

    /** The variance of all numbers in all points. */
    private static double variance(double[][] points) {
        double mean =
                Arrays.stream(points).flatMapToDouble(Arrays::stream).average().orElse(0);
        return Arrays.stream(points)
                .flatMapToDouble(Arrays::stream)
                .map(value -> (value - mean) * (value - mean))
                .average()
                .orElse(1);
    }

    private static svm_node[] nodes(double[] point) {
        return IntStream.range(0, point.length)
                .mapToObj(i -> {
                    svm_node node = new svm_node();
                    node.index = i + 1;
                    node.value = point[i];
                    return node;
                })
                .toArray(svm_node[]::new);
    }

    private static int nearest(double[][] points, int[] labels, double[] query, int neighbours) {
        double[] distances = Arrays.stream(points)
                .mapToDouble(point -> IntStream.range(0, query.length)
                        .mapToDouble(i -> (point[i] - query[i]) * (point[i] - query[i]))
                        .sum())
                .toArray();
        int votes = IntStream.range(0, points.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> distances[i]))
                .limit(neighbours)
                .mapToInt(i -> labels[i])
                .sum();
        return votes >= 0 ? 1 : -1;
    }
}
