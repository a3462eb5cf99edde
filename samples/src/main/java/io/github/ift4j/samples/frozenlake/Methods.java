package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.core.objective.DirectPreferenceOptimization;
import io.github.ift4j.core.objective.IdentityPreferenceOptimization;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.OddsRatioPreferenceOptimization;
import io.github.ift4j.core.objective.SimplePreferenceOptimization;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.objective.TokenDirectPreferenceOptimization;
import java.util.List;

/**
 * The methods that are compared, with the settings of Hua et al. 2025; alpha of TDPO, which is not given there, is that of TDPO's own
 * paper (Zeng et al. 2024).
 */
public final class Methods {
    /** Name of the method that all others are compared with. */
    public static final String IFT = "IFT";

    private static final double DPO_BETA = 0.1;
    private static final double TDPO_ALPHA = 0.5;
    private static final double ORPO_BETA = 0.25;
    private static final double SIMPO_BETA = 2;
    private static final double SIMPO_MARGIN = 1.6;

    private Methods() {}

    /**
     * All methods.
     *
     * @param lambda of IFT
     * @param gamma of IFT
     */
    public static List<Method> all(double lambda, double gamma) {
        return List.of(
                new Method("SFT", new SupervisedFineTuning()),
                ift(lambda, gamma),
                new Method("DPO", DirectPreferenceOptimization.of(DPO_BETA)),
                new Method("TDPO", TokenDirectPreferenceOptimization.second(DPO_BETA, TDPO_ALPHA)),
                new Method("IPO", new IdentityPreferenceOptimization(DPO_BETA)),
                new Method("ORPO", new OddsRatioPreferenceOptimization(ORPO_BETA)),
                new Method("SimPO", new SimplePreferenceOptimization(SIMPO_BETA, SIMPO_MARGIN)));
    }

    /** IFT alone. */
    public static Method ift(double lambda, double gamma) {
        return new Method(IFT, IntuitiveFineTuning.of(lambda, gamma));
    }
}
