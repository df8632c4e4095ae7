package org.iclsweep.model.metaoptimizer;

import java.util.OptionalDouble;

/**
 * Which queries learning in context (ICL) and fine-tuning (FT) put right that come out wrong without either (ZSL), and
 * which they put wrong; how many of N queries fall where. Rec2FTP = N[FT &gt; ZSL and ICL &gt; ZSL] / N[FT &gt; ZSL]
 * (arXiv:2212.10559, section 4.3) is {@code bothRight} / {@code tunedRight}; where ICL has nothing to do with FT it is
 * expected to be P(ICL right | ZSL wrong) = {@code contextRight} / {@code zeroShotWrong}.
 *
 * @param queries N
 * @param zeroShotWrong that ZSL has wrong
 * @param tunedRight of those, that FT has right
 * @param contextRight of those, that ICL has right
 * @param bothRight of those, that both have right
 * @param tunedHarm that ZSL has right and FT wrong
 * @param contextHarm that ZSL has right and ICL wrong
 */
public record Recovery(
        int queries,
        int zeroShotWrong,
        int tunedRight,
        int contextRight,
        int bothRight,
        int tunedHarm,
        int contextHarm) {

    /** Of whether each of the queries came out right. */
    public static Recovery of(boolean[] zeroShot, boolean[] tuned, boolean[] context) {
        if (zeroShot.length != tuned.length || zeroShot.length != context.length) {
            throw new IllegalArgumentException("Answers to " + zeroShot.length + ", " + tuned.length + " and "
                    + context.length + " queries; expected the same queries");
        }
        int[] wrong = new int[4];
        int tunedHarm = 0;
        int contextHarm = 0;
        for (int i = 0; i < zeroShot.length; i++) {
            if (zeroShot[i]) {
                tunedHarm += tuned[i] ? 0 : 1;
                contextHarm += context[i] ? 0 : 1;
            } else {
                wrong[(tuned[i] ? 2 : 0) + (context[i] ? 1 : 0)]++;
            }
        }
        int total = wrong[0] + wrong[1] + wrong[2] + wrong[3];
        return new Recovery(
                zeroShot.length, total, wrong[2] + wrong[3], wrong[1] + wrong[3], wrong[3], tunedHarm, contextHarm);
    }

    /**
     * φ of FT right and ICL right among the queries that ZSL has wrong: 0 where they are independent, 1 where they are
     * the same. Empty where one of them has all or none right.
     */
    public OptionalDouble phi() {
        double tunedWrong = zeroShotWrong - tunedRight;
        double contextWrong = zeroShotWrong - contextRight;
        double scale = Math.sqrt(tunedRight * tunedWrong * contextRight * contextWrong);
        double excess = (double) bothRight * zeroShotWrong - (double) tunedRight * contextRight;
        return scale == 0 ? OptionalDouble.empty() : OptionalDouble.of(excess / scale);
    }
}
