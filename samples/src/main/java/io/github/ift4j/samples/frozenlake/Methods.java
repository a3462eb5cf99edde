package io.github.ift4j.samples.frozenlake;

import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import java.util.List;

/** The methods that are compared, with the settings of Hua et al. 2025. */
public final class Methods {
    /** Name of the method that all others are compared with. */
    public static final String IFT = "IFT";

    private Methods() {}

    /**
     * All methods.
     *
     * @param lambda of IFT
     * @param gamma of IFT
     */
    public static List<Method> all(double lambda, double gamma) {
        return List.of(new Method("SFT", new SupervisedFineTuning()), ift(lambda, gamma));
    }

    /** IFT alone. */
    public static Method ift(double lambda, double gamma) {
        return new Method(IFT, IntuitiveFineTuning.of(lambda, gamma));
    }
}
