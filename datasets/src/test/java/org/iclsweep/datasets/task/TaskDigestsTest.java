package org.iclsweep.datasets.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The digests of tasks are in the ids of demonstration sets and in the identity of plans: they never change. */
class TaskDigestsTest {
    private static final Map<String, Object> FILES =
            Map.of("train", Tasks.QUICKSTART_TRAIN.toString(), "test", Tasks.QUICKSTART_TEST.toString());

    private static String digest(String name, Map<String, Object> parameters) {
        Map<String, Object> all = new TreeMap<>(parameters);
        if (parameters.containsKey("labels")) {
            all.putAll(FILES);
        }
        return TaskCatalogue.create(name, all).digest();
    }

    @Test
    void everyKindHasTheDigestThatItAlwaysHad() {
        Map<String, String> digests = new TreeMap<>();
        for (String generator : List.of(
                "gaussian-clusters",
                "linear-classification",
                "linear-regression",
                "associative-recall",
                "induction",
                "patterns",
                "random-tokens")) {
            digests.put(generator, digest(generator, Map.of()));
        }
        digests.put(
                "clusters", digest("c", Map.of("type", "gaussian-clusters", "classes", 3, "dimension", 5, "sigma", 1)));
        digests.put(
                "patterns of others",
                digest("patterns", Map.of("shifts", List.of(1, 2), "coefficients", List.of(0.8, 1))));
        digests.put("text", digest("topics", Map.of("labels", Tasks.TOPICS)));
        digests.put("text cut", digest("topics", Map.of("labels", Tasks.TOPICS, "max-words", 3)));
        digests.put("ways", digest("topics", Map.of("labels", Tasks.TOPICS, "ways", 3)));
        assertThat(digests)
                .containsExactly(
                        Map.entry(
                                "associative-recall",
                                "d316162da692accea8033f0fddb9c1031dec4b55da0643a130493f8399ccf0b5"),
                        Map.entry("clusters", "2664f0b084c46f0253dd3c57eaea940144a42e4ccb6d6df9a8f6ae57f1133443"),
                        Map.entry(
                                "gaussian-clusters",
                                "55a8a3a9122c6c0f181dd8ce71423f0e6f71635d81e1fc97acf95d1240837368"),
                        Map.entry("induction", "802921c353ff6e3736d1b09a0972e4380a2836437620ab7da0bb3ee0c31e6410"),
                        Map.entry(
                                "linear-classification",
                                "b6181a9ab9afbeaa07f3ecd066ab084a58ec52c3d9fd5ffb21a0bb5c69aad938"),
                        Map.entry(
                                "linear-regression",
                                "467d6f39025657e15aa58cc99b6c600ac05e4c20cb6df00242cc1024f5cafa60"),
                        Map.entry("patterns", "c4c1cec99fd2887b97d68a3218f2f4c888d88b494f2e0574d52c9cbdbb7bd807"),
                        Map.entry(
                                "patterns of others",
                                "b23ed02767e1c8d7153c21a49da6e8f9b3253554c2e0561f377a19b61e7c780a"),
                        Map.entry("random-tokens", "6e373faa6f344a2e1afe946631ee16b9df809020b7eaea5e1e32451e534b0196"),
                        Map.entry("text", "a77fc28f825bca39e91437b12fbc0d491ffdf943395fb554871b3879a90e5b5d"),
                        Map.entry("text cut", "8cb763ffe0ac05d47db70ece602ed0e18575129bf14a68d2721a57c8a03b40c1"),
                        Map.entry("ways", "7077eae02331aa80f2901e59984b294e6324939c5a2926d73d00a3e744426ea1"));
    }
}
