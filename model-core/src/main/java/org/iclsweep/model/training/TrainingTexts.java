package org.iclsweep.model.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The texts of a training.
 *
 * @param labelled data set, label, texts
 * @param unlabelled texts without labels
 */
record TrainingTexts(Map<String, Map<String, List<String>>> labelled, List<String> unlabelled) {

    static TrainingTexts read(List<TextSource> sources) {
        Map<String, Map<String, List<String>>> labelled = new LinkedHashMap<>();
        List<String> unlabelled = new ArrayList<>();
        for (TextSource source : sources) {
            if (source instanceof TextSource.Labelled set) {
                labelled.put(set.name(), set.classes());
            } else if (source instanceof TextSource.Unlabelled plain) {
                unlabelled.addAll(plain.texts());
            }
        }
        return new TrainingTexts(labelled, unlabelled);
    }

    /** All texts. */
    List<String> all() {
        List<String> all = new ArrayList<>(unlabelled);
        labelled.values().forEach(classes -> classes.values().forEach(all::addAll));
        return all;
    }
}
