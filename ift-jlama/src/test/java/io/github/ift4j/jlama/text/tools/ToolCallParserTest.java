package io.github.ift4j.jlama.text.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ToolCallParserTest {
    private static final String CITY = "{\"city\": \"Zürich \\\"[1]}\\\"\"}";

    /** What came, each as one line. */
    private static final class Recorder implements ToolCallListener {
        final List<String> texts = new ArrayList<>();
        final List<String> partials = new ArrayList<>();
        final List<ToolCall> calls = new ArrayList<>();
        final List<String> ids = new ArrayList<>();
        final Map<String, String> pieces = new HashMap<>();

        @Override
        public void onText(String text) {
            assertThat(text).isNotEmpty();
            texts.add(text);
        }

        @Override
        public void onPartialCall(int index, String id, String name, String arguments) {
            assertThat(arguments).isNotBlank();
            assertThat(index).isEqualTo(calls.size());
            partials.add(index + " " + name + " " + arguments);
            ids.add(id);
            pieces.merge(id, arguments, String::concat);
        }

        @Override
        public void onCall(int index, ToolCall call) {
            assertThat(index).isEqualTo(calls.size());
            assertThat(pieces).containsEntry(call.id(), call.arguments());
            assertThat(ids.getLast()).isEqualTo(call.id());
            calls.add(call);
        }

        String text() {
            return String.join("", texts);
        }

        List<String> named() {
            return calls.stream().map(call -> call.name() + call.arguments()).toList();
        }
    }

    static Stream<Arguments> answers() {
        String one = "{\"name\": \"weather\", \"arguments\": " + CITY + "}";
        String two = "{\"name\": \"time\", \"arguments\": {}}";
        List<String> both = List.of("weather" + CITY, "time{}");
        String llama = one.replace("arguments", "parameters");
        return Stream.of(
                Arguments.of(
                        ToolCallFormat.HERMES,
                        "Let me see.\n<tool_call>\n" + one + "\n</tool_call>\n<tool_call>\n" + two + "\n</tool_call>",
                        "Let me see.",
                        both),
                Arguments.of(
                        ToolCallFormat.HERMES,
                        "<tool_call>" + one + "</tool_call> Done < 1.",
                        "Done < 1.",
                        both.subList(0, 1)),
                Arguments.of(ToolCallFormat.HERMES, "<tool_call>\n" + one, "", both.subList(0, 1)),
                Arguments.of(ToolCallFormat.LLAMA, llama, "", both.subList(0, 1)),
                Arguments.of(ToolCallFormat.LLAMA, "<|python_tag|>" + llama + "; " + two, "", both),
                Arguments.of(ToolCallFormat.MISTRAL, "[TOOL_CALLS] [" + one + ", " + two + "]", "", both),
                Arguments.of(
                        ToolCallFormat.MISTRAL,
                        "[TOOL_CALLS]weather[ARGS]" + CITY + "[TOOL_CALLS]time[CALL_ID]abc123[ARGS]{}",
                        "",
                        both),
                Arguments.of(ToolCallFormat.MISTRAL, "[TOOL_CALLS]weather" + CITY, "", both.subList(0, 1)),
                Arguments.of(ToolCallFormat.GRANITE, "<|tool_call|>[" + one + "," + two + "]\n", "", both),
                Arguments.of(ToolCallFormat.GRANITE, "Sure.<tool_call>[" + one + "]", "Sure.", both.subList(0, 1)),
                Arguments.of(ToolCallFormat.PLAIN, one + "\n" + two, "", both),
                Arguments.of(ToolCallFormat.PLAIN, "\n[" + one + "," + two + "]", "", both),
                Arguments.of(
                        ToolCallFormat.PLAIN,
                        "{\"function\": {\"name\": \"time\", \"arguments\": \"{}\"}}",
                        "",
                        both.subList(1, 2)),
                Arguments.of(ToolCallFormat.PLAIN, "{\"arguments\": {}, \"name\": \"time\"}", "", both.subList(1, 2)),
                Arguments.of(ToolCallFormat.PLAIN, "{\"name\": \"time\"}", "", both.subList(1, 2)));
    }

    @ParameterizedTest
    @MethodSource("answers")
    void callsAreFoundHoweverTheAnswerIsDivided(ToolCallFormat format, String answer, String text, List<String> calls) {
        Random random = new Random(1);
        for (int time = 0; time < 50; time++) {
            Recorder recorder = parse(format, answer, time == 0 ? 1 : 1 + random.nextInt(answer.length()), random);

            assertThat(recorder.text().strip()).isEqualTo(text);
            assertThat(recorder.named()).isEqualTo(calls);
        }
    }

    static Stream<Arguments> noCalls() {
        return Stream.of(
                Arguments.of(ToolCallFormat.HERMES, "  {\"name\": \"time\", \"arguments\": {}} "),
                Arguments.of(ToolCallFormat.HERMES, "a <tool_call>\n{\"name\": \"time\", \"arguments\": {\"a\": 1"),
                Arguments.of(ToolCallFormat.HERMES, "<tool_call>{\"name\": \"time\", \"arguments\": [1]}</tool_call>"),
                Arguments.of(ToolCallFormat.HERMES, "<tool_call>{\"name\": 3}"),
                Arguments.of(ToolCallFormat.HERMES, "<tool_call>{'name': 'time'}"),
                Arguments.of(ToolCallFormat.HERMES, "<tool_call>time()</tool_call>"),
                Arguments.of(ToolCallFormat.HERMES, "1 <tool 2\n\n"),
                Arguments.of(ToolCallFormat.LLAMA, "{\"name\": \"Klaus\", \"parameters\": {\"age\": 37}}"),
                Arguments.of(ToolCallFormat.LLAMA, "{\"city\": \"Berlin\"}\n"),
                Arguments.of(ToolCallFormat.LLAMA, "Use {\"name\": \"time\", \"parameters\": {}}."),
                Arguments.of(ToolCallFormat.MISTRAL, "[TOOL_CALLS] soon " + "x".repeat(300)),
                Arguments.of(ToolCallFormat.MISTRAL, "[TOOL_CALLS"),
                Arguments.of(ToolCallFormat.GRANITE, "<|tool_call|>["),
                Arguments.of(ToolCallFormat.PLAIN, "[1, 2]"),
                Arguments.of(ToolCallFormat.PLAIN, "[]"),
                Arguments.of(ToolCallFormat.PLAIN, "{\"name\": \"time\", \"arguments\": {}"),
                Arguments.of(ToolCallFormat.PLAIN, " \n"));
    }

    @ParameterizedTest
    @MethodSource("noCalls")
    void whatIsNoCallIsTextToTheLetter(ToolCallFormat format, String answer) {
        Random random = new Random(2);
        for (int time = 0; time < 20; time++) {
            Recorder recorder = parse(format, answer, 1 + time, random);

            assertThat(recorder.text()).isEqualTo(answer);
            assertThat(recorder.calls).isEmpty();
        }
    }

    @Test
    void afterAMarkEvenAnUnknownNameIsACall() {
        String answer = "<tool_call>{\"name\": \"other\", \"arguments\": {}}</tool_call>";

        assertThat(parse(ToolCallFormat.HERMES, answer, 5, new Random(3)).named())
                .containsExactly("other{}");
    }

    @Test
    void argumentsAreHandedOutWhileTheyAreWrittenAndNeverABraceThatMayCloseAtOnce() {
        Recorder recorder = new Recorder();
        ToolCallParser parser = new ToolCallParser(ToolCallFormat.HERMES, Set.of("weather", "time"), recorder);

        for (String token : List.of(
                "<tool_call>\n",
                "{\"name\": \"weather\", \"arguments\": ",
                "{",
                "\"city\"",
                ":",
                " ",
                "\"Bonn\"",
                "}",
                "}")) {
            parser.append(token);
        }
        assertThat(recorder.partials)
                .containsExactly("0 weather {\"city\"", "0 weather :", "0 weather  \"Bonn\"", "0 weather }");
        assertThat(recorder.calls).hasSize(1);

        for (String token : List.of("\n", "<tool_call>", "{\"name\": \"time\", \"arguments\": ", "{", "}", "}")) {
            parser.append(token);
        }
        assertThat(recorder.partials).endsWith("1 time {}").hasSize(5);
    }

    @Test
    void jsonThatIsNoCallIsHandedOutAsSoonAsThatIsClear() {
        Recorder recorder = new Recorder();
        ToolCallParser parser = new ToolCallParser(ToolCallFormat.PLAIN, Set.of("time"), recorder);

        parser.append("{\"na");
        assertThat(recorder.texts).isEmpty();
        parser.append("tion\":");
        assertThat(recorder.texts).containsExactly("{\"nation\":");
        parser.append(" \"x\"}");
        parser.finish();

        assertThat(recorder.text()).isEqualTo("{\"nation\": \"x\"}");
    }

    @Test
    void equalCallsAreAllKeptAndIdsAreNeverRepeated() {
        String call = "<tool_call>{\"name\": \"time\", \"arguments\": {}}</tool_call>";
        Recorder recorder = parse(ToolCallFormat.HERMES, call.repeat(1000), 7, new Random(4));
        Recorder again = parse(ToolCallFormat.HERMES, call, 7, new Random(4));

        assertThat(recorder.calls).hasSize(1000);
        List<String> ids =
                new ArrayList<>(recorder.calls.stream().map(ToolCall::id).toList());
        ids.add(again.calls.getFirst().id());
        assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("[0-9A-Za-z]{9}"));
    }

    @Test
    void textHasNoMorePiecesThanTheAnswer() {
        List<String> tokens = List.of("a ", "<", "b ", "<tool", " c", "\n");
        Recorder recorder = new Recorder();
        ToolCallParser parser = new ToolCallParser(ToolCallFormat.HERMES, Set.of(), recorder);
        for (int i = 0; i < tokens.size(); i++) {
            parser.append(tokens.get(i));
            assertThat(recorder.texts).hasSizeLessThanOrEqualTo(i + 1);
        }
        parser.finish();

        assertThat(recorder.texts).hasSizeLessThanOrEqualTo(tokens.size());
        assertThat(recorder.text()).isEqualTo(String.join("", tokens));
    }

    @Test
    void anEndlessCallIsGivenUpAfterAMillionChars() {
        Recorder recorder = new Recorder();
        ToolCallParser parser = new ToolCallParser(ToolCallFormat.HERMES, Set.of(), recorder);
        String start = "<tool_call>{\"name\": \"";
        parser.append(start);
        for (int i = 0; i < 1100; i++) {
            parser.append("x".repeat(1000));
        }

        assertThat(recorder.text()).hasSize(start.length() + 1_100_000);
    }

    @Test
    void deepNestingIsNoCall() {
        String answer = "<tool_call>{\"name\": \"time\", \"arguments\": " + "{\"a\":".repeat(100_000);

        assertThat(parse(ToolCallFormat.HERMES, answer, 1000, new Random(5)).text())
                .isEqualTo(answer);
    }

    @Test
    void noDamagedAnswerBreaksTheParser() {
        Random random = new Random(6);
        List<Arguments> answers = answers().toList();
        String noise = "{}[]\",:\\ \n<tool_call>;a[ARGS]";
        for (int time = 0; time < 20_000; time++) {
            Object[] sample = answers.get(random.nextInt(answers.size())).get();
            StringBuilder damaged = new StringBuilder((String) sample[1]);
            for (int i = random.nextInt(4); i >= 0; i--) {
                int at = random.nextInt(damaged.length());
                damaged.setCharAt(at, noise.charAt(random.nextInt(noise.length())));
            }

            Recorder recorder = parse((ToolCallFormat) sample[0], damaged.toString(), 9, random);

            if (recorder.calls.isEmpty()) {
                assertThat(recorder.text()).isEqualTo(damaged.toString());
            }
        }
    }

    private static Recorder parse(ToolCallFormat format, String answer, int longest, Random random) {
        Recorder recorder = new Recorder();
        ToolCallParser parser = new ToolCallParser(format, Set.of("weather", "time"), recorder);
        int at = 0;
        while (at < answer.length()) {
            int end = Math.min(answer.length(), at + 1 + random.nextInt(longest));
            parser.append(answer.substring(at, end));
            at = end;
        }
        parser.finish();
        assertThat(parser.calls()).isEqualTo(recorder.calls.size());
        return recorder;
    }
}
