package io.github.ift4j.core.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.data.TrainingRecord.Completion;
import io.github.ift4j.core.data.TrainingRecord.Conversation;
import io.github.ift4j.core.data.TrainingRecord.Preference;
import io.github.ift4j.core.data.TrainingRecord.Rating;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way to write a pair or a rating. */
class PreferenceRecordsTest {
    private static final Message QUESTION = Message.of("user", "q");
    private static final Message GOOD = Message.of("assistant", "a");
    private static final Message BAD = Message.of("assistant", "b");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'prompt':'q','chosen':'a','rejected':'b'}",
                "{'instruction':'q','input':'','chosen':'a','rejected':'b'}",
            })
    void stringsMakeTwoCompletions(String json) throws IOException {
        assertThat(read(json))
                .isEqualTo(new Preference(
                        new Completion("q", "a", origin()), new Completion("q", "b", origin()), origin()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // messages
                "{'prompt':[{'role':'user','content':'q'}],"
                    + "'chosen':[{'role':'assistant','content':'a'}],'rejected':[{'role':'assistant','content':'b'}]}",
                // answers as single messages or strings
                "{'prompt':[{'role':'user','content':'q'}],"
                        + "'chosen':{'role':'assistant','content':'a'},'rejected':'b'}",
                "{'prompt':'q','chosen':[{'role':'assistant','content':'a'}],'rejected':'b'}",
                // the whole conversation in both answers, with or without the prompt once more
                "{'chosen':[{'role':'user','content':'q'},{'role':'assistant','content':'a'}],"
                        + "'rejected':[{'role':'user','content':'q'},{'role':'assistant','content':'b'}]}",
                "{'prompt':'q','chosen':[{'role':'user','content':'q'},{'role':'assistant','content':'a'}],"
                        + "'rejected':[{'role':'user','content':'q'},{'role':'assistant','content':'b'}]}",
                // ShareGPT
                "{'conversations':[{'from':'human','value':'q'}],"
                        + "'chosen':{'from':'gpt','value':'a'},'rejected':{'from':'gpt','value':'b'}}",
            })
    void conversationsLearnWhatFollowsThePrompt(String json) throws IOException {
        assertThat(read(json))
                .isEqualTo(new Preference(
                        new Conversation(List.of(QUESTION, GOOD), List.of(), 1, origin()),
                        new Conversation(List.of(QUESTION, BAD), List.of(), 1, origin()),
                        origin()));
    }

    @Test
    void earlierAnswersAreGivenAsFarAsBothConversationsShareThem() throws IOException {
        String turns = "{'role':'user','content':'q'},{'role':'assistant','content':'a'},{'role':'user','content':'q'}";

        Preference pair = (Preference) read("{'chosen':[" + turns + ",{'role':'assistant','content':'a'}],"
                + "'rejected':[" + turns + ",{'role':'assistant','content':'b'}]}");

        assertThat(((Conversation) pair.chosen()).given()).isEqualTo(3);
        assertThat(((Conversation) pair.rejected()).given()).isEqualTo(3);
    }

    @Test
    void theSameConversationTwiceKeepsItsLastAnswerToLearn() throws IOException {
        String whole = "[{'role':'user','content':'q'},{'role':'assistant','content':'a'}]";

        Preference pair = (Preference) read("{'chosen':" + whole + ",'rejected':" + whole + "}");

        assertThat(((Conversation) pair.chosen()).given()).isOne();
        assertThat(pair.chosen()).isEqualTo(pair.rejected());
    }

    @Test
    void ofARatedConversationTheLastAnswerIsLearned() throws IOException {
        assertThat(read("{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'a'},"
                        + "{'role':'user','content':'q'},{'role':'assistant','content':'b'}],'label':false}"))
                .isEqualTo(new Rating(
                        new Conversation(List.of(QUESTION, GOOD, QUESTION, BAD), List.of(), 3, origin()),
                        false,
                        origin()));
        assertThat(read("{'prompt':'q','completion':'a','label':true}"))
                .isEqualTo(new Rating(new Completion("q", "a", origin()), true, origin()));
    }

    @Test
    void anAnswerIsEmptyWhenItSaysNothingAndCallsNoTool() throws IOException {
        assertThat(((Rating) read("{'prompt':'q','completion':' ','label':true}"))
                        .answer()
                        .isEmpty())
                .isTrue();
        assertThat(((Rating) read("{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':null}],"
                                + "'label':true}"))
                        .answer()
                        .isEmpty())
                .isTrue();
        assertThat(((Rating) read("{'messages':[{'role':'user','content':'q'},"
                                + "{'role':'assistant','content':'','tool_calls':[{'name':'f'}]}],'label':true}"))
                        .answer()
                        .isEmpty())
                .isFalse();
    }

    private TrainingRecord read(String json) throws IOException {
        Files.writeString(file(), json.replace('\'', '"'));
        return DatasetReader.readAll(List.of(file())).getFirst();
    }

    private Path file() {
        return folder.resolve("pairs.jsonl");
    }

    private String origin() {
        return file() + ":1";
    }
}
