package io.github.ift4j.samples.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.Stack;
import picocli.CommandLine;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The options of the next stage of a training: those behind {@code --then}, and of the stage before it those that say on which data
 * and how long to train, as far as they are not given anew. What a method is made of is never carried over.
 */
final class NextStage {
    static final String OPTION = "--then";

    /** Options that a stage has of its own. */
    private static final Set<String> OWN = Set.of(
            "--data",
            "--max-length",
            "--eval-data",
            "--eval-every",
            "--save-every",
            "--optimizer",
            "--lr",
            "--momentum",
            "--weight-decay",
            "--schedule",
            "--warmup-steps",
            "--warmup-ratio",
            "--max-grad-norm",
            "--epochs",
            "--max-steps",
            "--batch-size",
            "--grad-accum",
            "--seed",
            "--no-shuffle");

    /** Options of the method, which each stage must give. */
    private static final Set<String> METHOD = ObjectiveOptions.NAMES;

    /** Options of which only one can be given: a new one takes the place of the other. */
    private static final List<Set<String>> ALTERNATIVES =
            List.of(Set.of("--epochs", "--max-steps"), Set.of("--warmup-steps", "--warmup-ratio"));

    private NextStage() {}

    /**
     * All arguments of the next stage.
     *
     * @param before what the stage before it was asked
     * @param given what stands behind {@code --then}
     * @throws ParameterException when that is not for a single stage, or names no method
     */
    static String[] arguments(ParseResult before, List<String> given) {
        int further = given.indexOf(OPTION);
        List<String> names = given.subList(0, further < 0 ? given.size() : further).stream()
                .filter(word -> word.startsWith("--"))
                .map(word -> word.split("=", 2)[0])
                .toList();
        CommandSpec command = before.commandSpec();
        for (String name : names) {
            if (command.optionsMap().containsKey(name) && !OWN.contains(name) && !METHOD.contains(name)) {
                throw new ParameterException(
                        command.commandLine(), name + " is for the whole run; give it before " + OPTION);
            }
        }
        if (!names.contains("--method")) {
            throw new ParameterException(command.commandLine(), OPTION + " needs the --method of the next stage");
        }
        List<String> arguments = new ArrayList<>();
        for (OptionSpec option : before.matchedOptionsSet()) {
            String name = option.longestName();
            if (!option.inherited() && !name.equals(OPTION) && !METHOD.contains(name) && !isReplaced(name, names)) {
                add(arguments, option);
            }
        }
        arguments.addAll(given);
        return arguments.toArray(String[]::new);
    }

    private static boolean isReplaced(String name, List<String> given) {
        return given.contains(name)
                || ALTERNATIVES.stream()
                        .anyMatch(alternatives ->
                                alternatives.contains(name) && given.stream().anyMatch(alternatives::contains));
    }

    private static void add(List<String> arguments, OptionSpec option) {
        if (option.arity().max() == 0) {
            arguments.add(option.longestName());
        } else {
            option.originalStringValues().forEach(value -> arguments.add(option.longestName() + "=" + value));
        }
    }

    /**
     * Parses them as options of the same command.
     *
     * @param command an object like the one that {@code before} was parsed into
     * @throws ParameterException when they are wrong
     */
    static <T> T parse(T command, ParseResult before, List<String> given) {
        CommandLine parent = before.commandSpec().commandLine();
        String[] arguments = arguments(before, given);
        try {
            new CommandLine(command)
                    .setCommandName(parent.getCommandSpec().qualifiedName())
                    .setOut(parent.getOut())
                    .setErr(parent.getErr())
                    .setCaseInsensitiveEnumValuesAllowed(true)
                    .parseArgs(arguments);
            return command;
        } catch (ParameterException wrong) {
            throw new ParameterException(parent, "after " + OPTION + ": " + wrong.getMessage(), wrong);
        }
    }

    /** Takes all that is left of the command line. */
    static final class Rest implements IParameterConsumer {
        @Override
        public void consumeParameters(Stack<String> arguments, ArgSpec argument, CommandSpec command) {
            List<String> rest = new ArrayList<>();
            while (!arguments.isEmpty()) {
                rest.add(arguments.pop());
            }
            argument.setValue(rest);
        }
    }
}
