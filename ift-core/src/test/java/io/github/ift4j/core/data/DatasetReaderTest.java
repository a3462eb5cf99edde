package io.github.ift4j.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.core.data.TrainingRecord.Completion;
import io.github.ift4j.core.data.TrainingRecord.Conversation;
import io.github.ift4j.core.data.TrainingRecord.Text;
import io.github.ift4j.core.data.TrainingRecord.Tokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetReaderTest {
    @TempDir
    Path folder;

    @Test
    void readsConversationsWithToolsAndEveryFieldOfAMessage() throws IOException {
        List<TrainingRecord> records = read("""
            {"messages":[{"role":"user","content":"hi"},\
            {"role":"assistant","content":null,"tool_calls":[{"id":1,"score":0.5}]}],"tools":[{"name":"f"}]}
            """);

        Conversation conversation = (Conversation) records.getFirst();
        assertThat(conversation.messages()).hasSize(2);
        assertThat(conversation.messages().getFirst()).isEqualTo(Message.of("user", "hi"));
        assertThat(conversation.messages().getLast().fields())
                .containsEntry("content", null)
                .containsEntry("tool_calls", List.of(Map.of("id", 1, "score", 0.5)));
        assertThat(conversation.tools()).containsExactly(Map.of("name", "f"));
    }

    @Test
    void readsEveryOtherShape() throws IOException {
        List<TrainingRecord> records = read("""
            {"prompt":"p","completion":"c"}
            {"instruction":"i","input":"","output":"o"}
            {"instruction":"i","input":"x","output":"o"}
            {"text":"t"}
            {"conversations":[{"from":"human","value":"h"},{"from":"gpt","value":"g"}],"system":"s"}
            """);

        assertThat(records)
                .containsExactly(
                        new Completion("p", "c", origin(1)),
                        new Completion("i", "o", origin(2)),
                        new Completion("i\nx", "o", origin(3)),
                        new Text("t", origin(4)),
                        new Conversation(
                                List.of(
                                        Message.of("system", "s"),
                                        Message.of("user", "h"),
                                        Message.of("assistant", "g")),
                                List.of(),
                                origin(5)));
    }

    @Test
    void readsTokensWithLabels() throws IOException {
        Tokens tokens =
                (Tokens) read("{\"input_ids\":[5,6,7],\"labels\":[-100,6,7]}").getFirst();

        assertThat(tokens.sequence().inputIds()).containsExactly(5, 6, 7);
        assertThat(tokens.sequence().labels()).containsExactly(-100, 6, 7);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"text\":\"a\"},\n{\"text\":\"b\"}]",
                " \n\n[\n{\"text\":\"a\"},{\"text\":\"b\"}\n]\n\n",
                "{\"text\":\"a\"}\n{\"text\":\"b\"}",
                "\n \r\n{\"text\":\"a\"}\r\n\r\n{\"text\":\"b\"}\r\n",
                "\uFEFF{\"text\":\"a\"}\n{\"text\":\"b\"}\n",
                "\uFEFF[{\"text\":\"a\"},{\"text\":\"b\"}]",
            })
    void tellsArraysFromLinesByContent(String content) throws IOException {
        assertThat(read(content).stream().map(record -> ((Text) record).text())).containsExactly("a", "b");
    }

    @Test
    void originsCountLinesOfTheFile() throws IOException {
        assertThat(read("\n\n{\"text\":\"a\"}\n\n{\"text\":\"b\"}").stream().map(TrainingRecord::origin))
                .containsExactly(origin(3), origin(5));
        assertThat(read("\n[\n{\"text\":\"a\"},\n\n{\"text\":\n\"b\"}]").stream()
                        .map(TrainingRecord::origin))
                .containsExactly(origin(3), origin(5));
    }

    @Test
    void readsSeveralFilesInOrder() throws IOException {
        Path first = Files.writeString(folder.resolve("1"), "{\"text\":\"a\"}");
        Path second = Files.writeString(folder.resolve("2"), "[{\"text\":\"b\"}]");

        assertThat(DatasetReader.readAll(List.of(first, second)))
                .containsExactly(new Text("a", first + ":1"), new Text("b", second + ":1"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|has fields (none); expected 'messages', 'prompt' and 'completion', 'instruction' and 'output',"
                        + " 'text', 'input_ids' and 'labels', or 'conversations'",
                "{\"a\":1,\"b\":2}|has fields (a, b); expected",
                "7|must be a JSON object, is a number",
                "{\"prompt\":\"p\"}|field 'completion' is missing; it must be a string",
                "{\"completion\":\"c\"}|field 'prompt' is missing; it must be a string",
                "{\"prompt\":\"p\",\"completion\":3}|field 'completion' must be a string, is a number",
                "{\"instruction\":\"i\"}|field 'output' is missing",
                "{\"instruction\":\"i\",\"input\":[],\"output\":\"\"}|field 'input' must be a string, is an array",
                "{\"text\":null}|field 'text' must be a string, is null",
                "{\"text\":\"\"}|field 'text' is empty; remove the record",
                "{\"text\":\"\\ud800\"}|field 'text' holds half of a surrogate pair (\\ud800), which is not text;"
                        + " remove it",
                "{\"messages\":[]}|field 'messages' is empty; give at least one message or remove the record",
                "{\"messages\":\"hi\"}|field 'messages' must be an array, is a string",
                "{\"messages\":[\"hi\"]}|field 'messages[0]' must be an object, is a string",
                "{\"messages\":[{\"content\":\"hi\"}]}|field 'messages[0].role' is missing; it must be a string",
                "{\"messages\":[{\"role\":\"user\",\"content\":5}]}|field 'messages[0].content' must be a string, is a"
                        + " number",
                "{\"messages\":[{\"role\":\"user\",\"x\":[\"\\udc00\"]}]}|field 'messages[0].x[0]' holds half of a"
                        + " surrogate pair",
                "{\"messages\":[{\"role\":\"user\"}],\"tools\":\"f\"}|field 'tools' must be an array of objects, is a"
                        + " string",
                "{\"conversations\":[{\"from\":\"me\",\"value\":\"\"}]}|field 'conversations[0].from' is 'me';"
                        + " expected one of human, ",
                "{\"conversations\":[{\"from\":\"gpt\"}]}|field 'conversations[0].value' is missing",
                "{\"input_ids\":[1,2],\"labels\":[1]}|field 'labels' has 1 entries but 'input_ids' has 2; give one"
                        + " label a token, -100 where there is none",
                "{\"input_ids\":[1,2]}|field 'labels' must be an array of integers, is missing",
                "{\"input_ids\":[1.5],\"labels\":[1]}|field 'input_ids[0]' must be an integer, is 1.5",
                "{\"input_ids\":[99999999999],\"labels\":[1]}|field 'input_ids[0]' must be an integer, is 99999999999",
                "{\"input_ids\":[true],\"labels\":[1]}|field 'input_ids[0]' must be an integer, is a boolean",
                "{\"input_ids\":[-1],\"labels\":[1]}|field 'input_ids[0]' is -1; a token id is 0 or more",
                "{\"input_ids\":[1],\"labels\":[-1]}|field 'labels[0]' is -1; a label is 0 or more, or -100 for none",
                "{\"input_ids\":[],\"labels\":[]}|field 'input_ids' is empty",
                "{\"prompt\":\"p\",\"chosen\":\"a\"}|field 'rejected' must be a string, a message or a list of"
                        + " messages, is missing",
                "{\"prompt\":\"p\",\"chosen\":\"a\",\"rejected\":[]}|field 'rejected' must be a string, a message or a"
                        + " list of messages, is empty",
                "{\"chosen\":\"a\",\"rejected\":\"b\"}|field 'prompt' is missing; it must be a string",
                "{\"chosen\":[{\"role\":\"assistant\"}],\"rejected\":[{\"role\":\"assistant\"}]}|field 'prompt' is"
                        + " missing; give it, or begin 'chosen' and 'rejected' with the question",
                "{\"chosen\":[{\"role\":\"user\"}],\"rejected\":[{\"role\":\"user\"}]}|an answer has no message of"
                        + " 'assistant' after the prompt",
                "{\"conversations\":[{\"from\":\"human\",\"value\":\"h\"}],\"chosen\":\"a\",\"rejected\":\"b\"}|field"
                        + " 'chosen' must be an object, is a string",
                "{\"messages\":[{\"role\":\"user\"}],\"label\":true}|ends with a message of 'user'; a rating needs the"
                        + " answer of 'assistant' last",
                "{\"text\":\"a\",\"text\":\"b\"}|not valid JSON at column 20: Duplicate field",
                "{\"text\":\"a\"|not valid JSON",
                "{\"text\":\"a\"} x|not valid JSON",
                "{'text':'a'}|not valid JSON at column 2: Unexpected character (''' (code 39))",
                "hello|not valid JSON",
            })
    void aBadLineIsReportedWithFileLineFieldAndMend(String line, String message) {
        assertThatThrownBy(() -> read("{\"text\":\"good\"}\n" + line + "\n"))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(origin(2) + ": " + message)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void furtherBadRecordsAreCounted() {
        assertThatThrownBy(() -> read("{\"text\":1}\n{\"text\":\"a\"}\n{\n{\"text\":2}\n"))
                .hasMessage(origin(1)
                        + ": field 'text' must be a string, is a number (and 2 more bad records in this file)");
        assertThatThrownBy(() -> read("[{\"text\":1},\n{\"text\":\"a\"},\n{\"text\":2}]"))
                .hasMessage(origin(1)
                        + ": field 'text' must be a string, is a number (and 1 more bad records in this file)");
    }

    @Test
    void aBrokenArrayIsReportedWithItsLine() {
        assertThatThrownBy(() -> read("[{\"text\":\"a\"},\n{\"text\":\"b\"}\n"))
                .hasMessageContaining("the JSON array")
                .hasMessageStartingWith(file() + ":3: ");
        assertThatThrownBy(() -> read("[{\"text\":\"a\"},\n{\"text\" \"b\"}]"))
                .hasMessageStartingWith(origin(2) + ": not valid JSON at column 9");
        assertThatThrownBy(() -> read("[{\"text\":\"a\"}]\n{\"text\":\"b\"}"))
                .hasMessage(origin(2) + ": there is more after the end of the JSON array; remove it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  \n\r\n ", "\uFEFF"})
    void anEmptyFileIsReported(String content) {
        assertThatThrownBy(() -> read(content))
                .hasMessage(file() + ": is empty; it must hold a JSON array or one JSON object a line");
    }

    @Test
    void anEmptyArrayIsReported() {
        assertThatThrownBy(() -> read("[]"))
                .hasMessage(file() + ": holds no record; it must hold a JSON array or one JSON object a line");
    }

    @Test
    void aMissingFileAndAFolderAreReported() {
        assertThatThrownBy(() -> DatasetReader.readAll(List.of(folder.resolve("none.jsonl"))))
                .isInstanceOf(DataException.class)
                .hasMessage(folder.resolve("none.jsonl") + ": no such file");
        assertThatThrownBy(() -> DatasetReader.readAll(List.of(folder)))
                .hasMessage(folder + ": is a folder; name the data files in it");
    }

    @Test
    void deepNestingIsRefusedWithoutExhaustingTheStack() {
        String deep = "{\"text\":" + "[".repeat(1_000_000);

        assertThatThrownBy(() -> read(deep))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(origin(1) + ": not valid JSON")
                .hasMessageContaining("nesting depth");
        assertThatThrownBy(() -> read("[" + deep)).hasMessageContaining("nesting depth");
    }

    @Test
    void randomBytesNeverEndInAnythingButADataError() throws IOException {
        SplittableRandom random = new SplittableRandom(11);
        byte[] valid =
                "[{\"messages\":[{\"role\":\"user\",\"content\":\"h\\u00e9\"}]},{\"input_ids\":[1],\"labels\":[1]}]"
                        .getBytes(StandardCharsets.UTF_8);
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = valid.clone();
            for (int edits = random.nextInt(1, 4); edits > 0; edits--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Files.write(file(), bytes);
            try {
                DatasetReader.readAll(List.of(file()));
            } catch (DataException e) {
                assertThat(e.getMessage()).startsWith(file().toString()).doesNotContain("\n");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1000);
    }

    private List<TrainingRecord> read(String content) throws IOException {
        Files.writeString(file(), content);
        return DatasetReader.readAll(List.of(file()));
    }

    private Path file() {
        return folder.resolve("data.json");
    }

    private String origin(int line) {
        return file() + ":" + line;
    }
}
