package io.github.ift4j.samples.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.Strings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * {@code ift bench --sweep}: how the cost of a step grows.
 *
 * @param directory for the file and the pictures
 * @param options of {@code ift bench}, which each step gets
 * @param out receives what was done, one JSON line
 * @param err receives how far it is
 * @param terminal whether a person watches
 */
record BenchSweep(Path directory, List<String> options, PrintWriter out, PrintWriter err, boolean terminal) {
    /** What the sweep varies besides the method, and what has nothing to do with steps. */
    private static final List<String> CHOSEN = List.of(
            "--shape",
            "--model",
            "--batch",
            "--length",
            "--generate",
            "--prompt-tokens",
            "--new-tokens",
            "--streams",
            "--draft",
            "--draft-shape",
            "--weights");

    private static final String SWEEP = "--sweep";
    private static final String STEPS = "--steps";

    /**
     * The sweep that a command line asks for.
     *
     * @throws ParameterException when it has options that contradict a sweep
     */
    static BenchSweep of(CommandSpec command, Path directory, Surroundings surroundings) {
        List<String> options = new ArrayList<>();
        for (OptionSpec option : command.commandLine().getParseResult().matchedOptions()) {
            String name = option.longestName();
            if (CHOSEN.contains(name) || ObjectiveOptions.NAMES.contains(name)) {
                throw new ParameterException(
                        command.commandLine(), SWEEP + " chooses " + name + " itself and what follows from it");
            }
            if (!name.equals(SWEEP)) {
                options.add(name);
                if (option.arity().max() > 0) {
                    options.addAll(option.originalStringValues());
                }
            }
        }
        return new BenchSweep(
                directory,
                options,
                command.commandLine().getOut(),
                command.commandLine().getErr(),
                surroundings.errIsTerminal());
    }

    /** Measures what has not been measured, and draws. */
    void run() {
        SweepFile file = SweepFile.open(directory.resolve("sweep.jsonl"));
        List<SweepPoint> points = SweepPoint.all();
        int measured = 0;
        try (Progress progress = Progress.start(err, terminal, "sweep", points.size())) {
            for (int i = 0; i < points.size(); i++) {
                SweepPoint point = points.get(i);
                String command = command(point);
                if (file.find(command).isEmpty()) {
                    file.add(command, OwnProcess.ift(arguments(point)));
                    measured++;
                }
                progress.update(i + 1, detail(point, file.find(command).orElseThrow()));
            }
        }
        Map<SweepPoint, JsonNode> results = new LinkedHashMap<>();
        points.forEach(point -> results.put(point, file.find(command(point)).orElseThrow()));
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("measured", measured);
        report.put("found", points.size() - measured);
        report.put("file", file.path().toString());
        report.put(
                "pictures",
                new SweepPictures(results)
                        .write(directory).stream().map(Path::toString).toList());
        out.println(Json.line(report));
    }

    private List<String> arguments(SweepPoint point) {
        List<String> arguments = new ArrayList<>(point.arguments());
        arguments.addAll(options);
        if (!options.contains(STEPS)) {
            arguments.addAll(List.of(STEPS, Integer.toString(point.steps())));
        }
        return arguments;
    }

    /** The command line that repeats a line of the file, and its key: all that may change its figures on one machine. */
    private String command(SweepPoint point) {
        String threads = Strings.nullToEmpty(System.getenv("IFT_THREADS"));
        return (threads.isBlank() ? "" : "IFT_THREADS=" + threads.strip() + " ")
                + "ift "
                + String.join(" ", arguments(point));
    }

    private static String detail(SweepPoint point, JsonNode result) {
        return String.format(
                Locale.ROOT,
                "%s %s %dx%d %.3f s",
                point.shape(),
                point.method(),
                point.batch(),
                point.length(),
                result.path("seconds_per_step").asDouble());
    }
}
