package io.github.ift4j.samples.cli;

import io.github.ift4j.core.objective.DirectPreferenceOptimization;
import io.github.ift4j.core.objective.IdentityPreferenceOptimization;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.KahnemanTverskyOptimization;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.OddsRatioPreferenceOptimization;
import io.github.ift4j.core.objective.RelationPropagation;
import io.github.ift4j.core.objective.SimplePreferenceOptimization;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.objective.TemporalResidual;
import io.github.ift4j.core.objective.TokenDirectPreferenceOptimization;
import io.github.ift4j.core.objective.TokenDirectPreferenceOptimization.Form;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What to minimise. */
final class ObjectiveOptions {
    private static final List<String> METHODS = List.of("ift", "sft", "dpo", "ipo", "tdpo", "orpo", "simpo", "kto");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--method",
            paramLabel = "ift|sft|dpo|ipo|tdpo|orpo|simpo|kto",
            defaultValue = "ift",
            description = "Intuitive or supervised fine-tuning from good answers, a method that compares pairs of "
                    + "answers (dpo, ipo, tdpo, orpo, simpo), or kto for rated answers; default ${DEFAULT-VALUE}.")
    private String method;

    @Option(
            names = "--lambda",
            paramLabel = "L",
            defaultValue = "0.2",
            description = "Share of the model's own predictions in the input, 0 to 1; default ${DEFAULT-VALUE}.")
    private double lambda;

    @Option(
            names = "--min-lambda",
            paramLabel = "L",
            defaultValue = "0",
            description = "Where a linear lambda begins; default ${DEFAULT-VALUE}.")
    private double minLambda;

    @Option(
            names = "--lambda-schedule",
            paramLabel = "constant|linear",
            defaultValue = "constant",
            description = "Lambda over time; linear grows over the warm-up; default ${DEFAULT-VALUE}.")
    private TemporalResidual.Schedule lambdaSchedule;

    @Option(
            names = "--lambda-noise",
            paramLabel = "STD",
            defaultValue = "0",
            description = "Random disturbance of lambda in each step, relative to it; the paper's noise is 0.5; "
                    + "default ${DEFAULT-VALUE}.")
    private double lambdaNoise;

    @Option(
            names = "--gamma",
            paramLabel = "G",
            defaultValue = "0.95",
            description = "How far a token answers for what follows it, 0 to 1; default ${DEFAULT-VALUE}.")
    private double gamma;

    @Option(
            names = "--propagation",
            paramLabel = "loss|logps|mask",
            defaultValue = "loss",
            description = "What is propagated; default ${DEFAULT-VALUE}.")
    private RelationPropagation.Type propagation;

    @Option(
            names = "--side",
            paramLabel = "left|right",
            defaultValue = "left",
            description = "From later tokens to the left or from earlier ones to the right; default ${DEFAULT-VALUE}.")
    private RelationPropagation.Side side;

    @Option(
            names = "--norm",
            paramLabel = "l1|l2|softmax|log",
            defaultValue = "l1",
            description = "What becomes of the raw weights; default ${DEFAULT-VALUE}.")
    private RelationPropagation.Norm norm;

    @Option(
            names = "--beta",
            paramLabel = "B",
            description =
                    "How much the comparison of answers counts, or how strong the tie to the reference is; default "
                            + "0.1, 0.25 for orpo, 2 for simpo.")
    private Double beta;

    @Option(
            names = "--label-smoothing",
            paramLabel = "E",
            description = "Share of the pairs that are taken to be the wrong way round (conservative dpo); default 0.")
    private Double labelSmoothing;

    @Option(
            names = "--margin",
            paramLabel = "M",
            description = "Reward by which the chosen answer has to lead in simpo, its gamma; default 1.6.")
    private Double margin;

    @Option(names = "--tdpo-form", paramLabel = "1|2", description = "Which of the losses of tdpo; default 2.")
    private Integer tdpoForm;

    @Option(
            names = "--tdpo-alpha",
            paramLabel = "A",
            description = "Weight of the divergence in the second form of tdpo; default 0.5.")
    private Double tdpoAlpha;

    @Option(
            names = "--desirable-weight",
            paramLabel = "W",
            description = "Weight of desirable answers in kto; default 1.")
    private Double desirableWeight;

    @Option(
            names = "--undesirable-weight",
            paramLabel = "W",
            description = "Weight of undesirable answers in kto; default 1.")
    private Double undesirableWeight;

    /** The objective that the options describe. */
    Objective objective() {
        Usage.checkName(command.commandLine(), "method", method, METHODS);
        checkUse("--beta", beta, "dpo", "ipo", "tdpo", "orpo", "simpo", "kto");
        checkUse("--label-smoothing", labelSmoothing, "dpo");
        checkUse("--margin", margin, "simpo");
        checkUse("--tdpo-form", tdpoForm, "tdpo");
        checkUse("--tdpo-alpha", tdpoAlpha, "tdpo");
        checkUse("--desirable-weight", desirableWeight, "kto");
        checkUse("--undesirable-weight", undesirableWeight, "kto");
        return Usage.check(command, this::create);
    }

    private Objective create() {
        return switch (method) {
            case "sft" -> new SupervisedFineTuning();
            case "dpo" -> new DirectPreferenceOptimization(or(beta, 0.1), or(labelSmoothing, 0));
            case "ipo" -> new IdentityPreferenceOptimization(or(beta, 0.1));
            case "tdpo" -> new TokenDirectPreferenceOptimization(tdpoForm(), or(beta, 0.1), or(tdpoAlpha, 0.5));
            case "orpo" -> new OddsRatioPreferenceOptimization(or(beta, 0.25));
            case "simpo" -> new SimplePreferenceOptimization(or(beta, 2), or(margin, 1.6));
            case "kto" ->
                new KahnemanTverskyOptimization(or(beta, 0.1), or(desirableWeight, 1), or(undesirableWeight, 1));
            default ->
                new IntuitiveFineTuning(
                        new TemporalResidual(lambda, minLambda, lambdaSchedule, lambdaNoise),
                        new RelationPropagation(propagation, side, norm, gamma));
        };
    }

    private Form tdpoForm() {
        return switch (tdpoForm == null ? 2 : tdpoForm) {
            case 1 -> Form.FIRST;
            case 2 -> Form.SECOND;
            default -> throw new IllegalArgumentException("tdpo-form must be 1 or 2, was " + tdpoForm);
        };
    }

    private static double or(Double given, double otherwise) {
        return given == null ? otherwise : given;
    }

    private void checkUse(String option, Object value, String... methods) {
        if (value != null && !List.of(methods).contains(method)) {
            throw new ParameterException(
                    command.commandLine(),
                    "%s is for method %s, this is %s".formatted(option, String.join(", ", methods), method));
        }
    }

    /** Its name on the command line. */
    String method() {
        return method;
    }
}
