package io.github.ift4j.samples.cli;

import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.RelationPropagation;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.objective.TemporalResidual;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What to minimise. */
final class ObjectiveOptions {
    private static final List<String> AVAILABLE = List.of("ift", "sft");
    private static final List<String> PLANNED = List.of("dpo", "ipo", "tdpo", "orpo", "simpo", "kto");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--method",
            paramLabel = "ift|sft",
            defaultValue = "ift",
            description = "Intuitive or supervised fine-tuning; default ${DEFAULT-VALUE}.")
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

    /** The objective that the options describe. */
    Objective objective() {
        NotYetAvailable.check(command.commandLine(), "method", method, AVAILABLE, PLANNED);
        return Usage.check(
                command,
                () -> method.equals("sft")
                        ? new SupervisedFineTuning()
                        : new IntuitiveFineTuning(
                                new TemporalResidual(lambda, minLambda, lambdaSchedule, lambdaNoise),
                                new RelationPropagation(propagation, side, norm, gamma)));
    }

    /** Its name on the command line. */
    String method() {
        return method;
    }
}
