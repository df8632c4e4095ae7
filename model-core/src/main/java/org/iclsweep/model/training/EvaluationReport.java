package org.iclsweep.model.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * An evaluation as JSON and as tables.
 *
 * @param curves accuracies by the number of demonstrations
 * @param heldOut losses on text that was not trained on
 */
public record EvaluationReport(List<FewShotEvaluation.Curve> curves, List<HeldOutText.Score> heldOut) {
    public EvaluationReport {
        curves = List.copyOf(curves);
        heldOut = List.copyOf(heldOut);
    }

    ObjectNode json() {
        ObjectNode root = new ObjectMapper().createObjectNode();
        ArrayNode tasks = root.putArray("tasks");
        for (FewShotEvaluation.Curve curve : curves) {
            ObjectNode task =
                    tasks.addObject().put("task", curve.task()).put("chance", TrainingRun.rounded(curve.chance()));
            ArrayNode shots = task.putArray("shots");
            curve.byShots().forEach((k, accuracies) -> {
                ObjectNode row = shots.addObject().put("k", k).put("accuracy", TrainingRun.rounded(accuracies.model()));
                ArrayNode seeds = row.putArray("accuracy_by_seed");
                accuracies.perSeed().forEach(value -> seeds.add(TrainingRun.rounded(value)));
                put(row, "nearest_centroid", accuracies.nearestCentroid());
                put(row, "ridge", accuracies.ridge());
                row.put("queries", accuracies.queries());
            });
        }
        if (!heldOut.isEmpty()) {
            ArrayNode scores = root.putArray("held_out_text");
            heldOut.forEach(score -> scores.addObject()
                    .put("reading", score.reading().spelled())
                    .put("tokens", score.length())
                    .put("loss", TrainingRun.rounded(score.loss()))
                    .put("accuracy", TrainingRun.rounded(score.accuracy())));
        }
        return root;
    }

    private static void put(ObjectNode row, String name, double value) {
        if (Double.isNaN(value)) {
            row.putNull(name);
        } else {
            row.put(name, TrainingRun.rounded(value));
        }
    }

    String markdown(String name) {
        if (heldOut.isEmpty()) {
            return accuracies(name);
        }
        return curves.isEmpty() ? perplexities(name) : accuracies(name) + "\n" + perplexities(name);
    }

    private String perplexities(String name) {
        StringBuilder text = new StringBuilder("# Perplexity of " + name + " on text that was not trained on\n\n")
                .append("By the length of the windows that the text is cut into; `repeated`: on their second reading.")
                .append("\n\n| reading | tokens | perplexity | accuracy |\n|---|---|---|---|\n");
        heldOut.forEach(score -> text.append("| %s | %s | %s | %s |\n"
                .formatted(
                        score.reading().spelled(),
                        score.length(),
                        shown(Math.exp(score.loss())),
                        shown(score.accuracy()))));
        return text.toString();
    }

    private String accuracies(String name) {
        TreeSet<Integer> shots = new TreeSet<>();
        curves.forEach(curve -> shots.addAll(curve.byShots().keySet()));
        StringBuilder text = new StringBuilder("# Accuracy of " + name + " by the number of demonstrations\n\n")
                .append("Several seeds of demonstration sets, classes balanced; at 0 the model answers without any.")
                .append(" Nearest centroid and ridge see the same demonstrations (vectors as they are, texts as bags")
                .append(" of words by tf-idf).\n\n| task | method |");
        shots.forEach(k -> text.append(' ').append(k).append(" |"));
        text.append("\n|---|---|").append("---|".repeat(shots.size())).append('\n');
        for (FewShotEvaluation.Curve curve : curves) {
            boolean compared = curve.byShots().values().stream().anyMatch(a -> !Double.isNaN(a.ridge()));
            text.append(row(curve, shots, "model", FewShotEvaluation.Accuracies::model));
            text.append(row(curve, shots, "model, lowest to highest seed", EvaluationReport::range));
            if (compared) {
                text.append(row(curve, shots, "nearest centroid", FewShotEvaluation.Accuracies::nearestCentroid));
                text.append(row(curve, shots, "ridge", FewShotEvaluation.Accuracies::ridge));
            }
            text.append(row(curve, shots, "chance", accuracies -> curve.chance()));
        }
        return text.toString();
    }

    private static String range(FewShotEvaluation.Accuracies accuracies) {
        DoubleSummaryStatistics seeds =
                accuracies.perSeed().stream().mapToDouble(Double::doubleValue).summaryStatistics();
        return shown(seeds.getMin()) + "–" + shown(seeds.getMax());
    }

    private static String row(
            FewShotEvaluation.Curve curve,
            TreeSet<Integer> shots,
            String method,
            Function<FewShotEvaluation.Accuracies, Object> value) {
        Map<Integer, FewShotEvaluation.Accuracies> byShots = curve.byShots();
        String cells = shots.stream()
                .map(k -> {
                    FewShotEvaluation.Accuracies accuracies = byShots.get(k);
                    Object shown = accuracies == null ? Double.NaN : value.apply(accuracies);
                    return shown instanceof Double number ? shown(number) : shown.toString();
                })
                .collect(Collectors.joining(" | "));
        return "| " + curve.task() + " | " + method + " | " + cells + " |\n";
    }

    private static String shown(double value) {
        return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, value > 0.99 ? "%.4f" : "%.3f", value);
    }
}
