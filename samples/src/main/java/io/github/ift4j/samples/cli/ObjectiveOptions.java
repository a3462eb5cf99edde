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
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What to minimise. */
final class ObjectiveOptions {
    /** The names of the options. */
    static final Set<String> NAMES = Arrays.stream(ObjectiveOptions.class.getDeclaredFields())
            .map(field -> field.getAnnotation(Option.class))
            .filter(Objects::nonNull)
            .flatMap(option -> Arrays.stream(option.names()))
            .collect(Collectors.toUnmodifiableSet());

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
            description = "Share of the model's own predictions in the input, 0 to 1; default 0.2.")
    private Double lambda;

    @Option(names = "--min-lambda", paramLabel = "L", description = "Where a linear lambda begins; default 0.")
    private Double minLambda;

    @Option(
            names = "--lambda-schedule",
            paramLabel = "constant|linear",
            description = "Lambda over time; linear grows over the warm-up; default constant.")
    private TemporalResidual.Schedule lambdaSchedule;

    @Option(
            names = "--lambda-noise",
            paramLabel = "STD",
            description = "Random disturbance of lambda in each step, relative to it; the paper's noise is 0.5; "
                    + "default 0.")
    private Double lambdaNoise;

    @Option(
            names = "--gamma",
            paramLabel = "G",
            description = "How far a token answers for what follows it, 0 to 1; default 0.95.")
    private Double gamma;

    @Option(names = "--propagation", paramLabel = "loss|logps|mask", description = "What is propagated; default loss.")
    private RelationPropagation.Type propagation;

    @Option(
            names = "--side",
            paramLabel = "left|right",
            description = "From later tokens to the left or from earlier ones to the right; default left.")
    private RelationPropagation.Side side;

    @Option(
            names = "--norm",
            paramLabel = "l1|l2|softmax|log",
            description = "What becomes of the raw weights; default l1.")
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
        checkUse("--lambda", lambda, "ift");
        checkUse("--min-lambda", minLambda, "ift");
        checkUse("--lambda-schedule", lambdaSchedule, "ift");
        checkUse("--lambda-noise", lambdaNoise, "ift");
        checkUse("--gamma", gamma, "ift");
        checkUse("--propagation", propagation, "ift");
        checkUse("--side", side, "ift");
        checkUse("--norm", norm, "ift");
        Usage.require(
                command,
                minLambda == null || lambdaSchedule == TemporalResidual.Schedule.LINEAR,
                "--min-lambda needs --lambda-schedule linear");
        checkUse("--beta", beta, "dpo", "ipo", "tdpo", "orpo", "simpo", "kto");
        checkUse("--label-smoothing", labelSmoothing, "dpo");
        checkUse("--margin", margin, "simpo");
        checkUse("--tdpo-form", tdpoForm, "tdpo");
        checkUse("--tdpo-alpha", tdpoAlpha, "tdpo");
        Usage.require(command, tdpoAlpha == null || or(tdpoForm, 2) == 2, "--tdpo-alpha is for --tdpo-form 2");
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
                        new TemporalResidual(
                                or(lambda, 0.2),
                                or(minLambda, 0),
                                or(lambdaSchedule, TemporalResidual.Schedule.CONSTANT),
                                or(lambdaNoise, 0)),
                        new RelationPropagation(
                                or(propagation, RelationPropagation.Type.LOSS),
                                or(side, RelationPropagation.Side.LEFT),
                                or(norm, RelationPropagation.Norm.L1),
                                or(gamma, 0.95)));
        };
    }

    private Form tdpoForm() {
        return switch (or(tdpoForm, 2)) {
            case 1 -> Form.FIRST;
            case 2 -> Form.SECOND;
            default -> throw new IllegalArgumentException("tdpo-form must be 1 or 2, was " + tdpoForm);
        };
    }

    private static double or(Double given, double otherwise) {
        return given == null ? otherwise : given;
    }

    private static <T> T or(T given, T otherwise) {
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
