package io.github.ift4j.samples.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.google.common.collect.Iterables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Options from a YAML file: {@code --config FILE.yaml} stands for the options it holds by the same names, without the dashes.
 * What the command line says itself goes first.
 */
final class ConfigFile {
    private static final String OPTION = "--config";

    private ConfigFile() {}

    /**
     * The arguments with the file's options put in, or as they are when there is no file.
     *
     * @throws ParameterException when the file cannot be read or holds what is not an option of the command
     */
    static String[] expand(CommandLine ift, String[] arguments) {
        List<String> words = List.of(arguments);
        // Options of "ift" itself, which have no value, may stand before the verb.
        int verb = Iterables.indexOf(words, word -> !word.startsWith("-"));
        CommandLine command = verb < 0 ? null : ift.getSubcommands().get(words.get(verb));
        int then = words.indexOf(NextStage.OPTION);
        List<String> given = words.subList(verb + 1, then < 0 ? words.size() : then);
        if (command == null || !command.getCommandSpec().optionsMap().containsKey(OPTION)) {
            return arguments;
        }
        String file = valueOf(given);
        if (file == null) {
            return arguments;
        }
        List<String> expanded = new ArrayList<>(words.subList(0, verb + 1));
        for (Map.Entry<String, JsonNode> entry : read(command, Path.of(file)).properties()) {
            String name = "--" + entry.getKey();
            OptionSpec option = command.getCommandSpec().optionsMap().get(name);
            if (option == null || name.equals(OPTION)) {
                throw new ParameterException(
                        command,
                        file + ": '" + entry.getKey() + "' is not an option of "
                                + command.getCommandSpec().qualifiedName());
            }
            if (given.stream().noneMatch(word -> word.equals(name) || word.startsWith(name + "="))) {
                add(expanded, command, file, option, name, entry.getValue());
            }
        }
        expanded.addAll(words.subList(verb + 1, words.size()));
        return expanded.toArray(String[]::new);
    }

    private static String valueOf(List<String> arguments) {
        String value = null;
        for (int i = 0; i < arguments.size(); i++) {
            String word = arguments.get(i);
            if (word.equals(OPTION) && i + 1 < arguments.size()) {
                value = arguments.get(i + 1);
            } else if (word.startsWith(OPTION + "=")) {
                value = word.substring(OPTION.length() + 1);
            }
        }
        return value;
    }

    private static JsonNode read(CommandLine command, Path file) {
        try (var reader = Files.newBufferedReader(file)) {
            JsonNode tree = new YAMLMapper().readTree(reader);
            if (!tree.isObject()) {
                throw new ParameterException(command, file + ": must hold 'name: value' lines");
            }
            return tree;
        } catch (JacksonException e) {
            throw new ParameterException(
                    command, file + ":" + e.getLocation().getLineNr() + ": not YAML: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ParameterException(command, file + ": cannot be read", e);
        }
    }

    private static void add(
            List<String> expanded, CommandLine command, String file, OptionSpec option, String name, JsonNode value) {
        boolean flag = option.arity().max() == 0;
        if (value.isNull() || (flag && value.isBoolean() && !value.booleanValue())) {
            return;
        }
        if (flag) {
            if (!value.isBoolean()) {
                throw new ParameterException(command, file + ": '" + name.substring(2) + "' must be true or false");
            }
            expanded.add(name);
            return;
        }
        for (JsonNode item : value.isArray() ? value : List.of(value)) {
            if (!item.isValueNode()) {
                throw new ParameterException(command, file + ": '" + name.substring(2) + "' must be a plain value");
            }
            expanded.add(name + "=" + item.asText());
        }
    }
}
