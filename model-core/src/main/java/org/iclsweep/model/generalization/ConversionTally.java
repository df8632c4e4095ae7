package org.iclsweep.model.generalization;

import org.iclsweep.model.generalization.RunOutcome.Converted;

/** Sums over the converted prompts of a run. */
final class ConversionTally {
    private long prompts;
    private double zeroShotErrors;
    private double errors;
    private long disagreements;
    private double maxAbsolute;
    private double largest;
    private double auditMaxAbsolute;

    void add(LinearConversion.Outputs outputs, LinearConversion.Outputs audited, double[] labels) {
        for (int prompt = 0; prompt < labels.length; prompt++) {
            double prompted = outputs.prompted()[prompt];
            double converted = outputs.converted()[prompt];
            prompts++;
            zeroShotErrors += outputs.zeroShot()[prompt] * labels[prompt] > 0 ? 0 : 1;
            errors += converted * labels[prompt] > 0 ? 0 : 1;
            disagreements += converted > 0 == prompted > 0 ? 0 : 1;
            maxAbsolute = Math.max(maxAbsolute, Math.abs(converted - prompted));
            largest = Math.max(largest, Math.abs(prompted));
            auditMaxAbsolute =
                    Math.max(auditMaxAbsolute, Math.abs(audited.converted()[prompt] - audited.prompted()[prompt]));
        }
    }

    long prompts() {
        return prompts;
    }

    Converted result() {
        return new Converted(
                zeroShotErrors / prompts,
                errors / prompts,
                disagreements,
                maxAbsolute,
                largest == 0 ? 0 : maxAbsolute / largest,
                auditMaxAbsolute);
    }
}
