package io.github.ift4j.samples.cli;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Names that the command line reserves and does not serve in this version, so that they are refused with an explanation. */
final class NotYetAvailable {
    private static final Set<String> VERBS = Set.of("compare");

    private static final Set<String> OPTIONS = Set.of("--task", "--task-data");

    private NotYetAvailable() {}

    /** Why a name that is known elsewhere is refused here, or nothing when the usage is wrong in another way. */
    static Optional<String> explain(ParameterException wrong) {
        if (!(wrong instanceof UnmatchedArgumentException unmatched)) {
            return Optional.empty();
        }
        for (String argument : unmatched.getUnmatched()) {
            String name = argument.split("=", 2)[0];
            if (OPTIONS.contains(name)) {
                return Optional.of(name + " is not available yet in this version");
            }
            if (VERBS.contains(name)) {
                return Optional.of(name + " is not available yet in this version; available: " + verbs(wrong));
            }
        }
        return Optional.empty();
    }

    private static String verbs(ParameterException wrong) {
        return String.join(
                ", ", new TreeSet<>(wrong.getCommandLine().getSubcommands().keySet()));
    }
}
