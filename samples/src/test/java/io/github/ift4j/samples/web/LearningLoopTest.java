package io.github.ift4j.samples.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.langchain4j.recording.ConversationRecorder;
import io.github.ift4j.langchain4j.tuning.ContinualTuner;
import io.github.ift4j.langchain4j.tuning.TunerListener;
import io.github.ift4j.langchain4j.tuning.TuningOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The embedded model learns from example chats while it answers. */
@Timeout(240)
class LearningLoopTest {
    private static final List<String> QUESTIONS =
            List.of("What pet does Hanna have?", "Where can I buy a card?", "What does Bella do for fun?");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path data;

    private static WebServer server;

    @BeforeAll
    static void start() throws IOException {
        server = WebServer.start(new WebOptions(WebOptions.LOOPBACK, 0, Optional.empty(), data, true));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void theModelGetsBetterWhileItRunsAndCanGoBack() throws Exception {
        Client client = new Client(server.url());
        String before = answer(client, "What pet does Hanna have?");
        assertThat(state(client).get("good").asInt()).isEqualTo(ExampleChats.COUNT);

        CompletableFuture<TuningOutcome> outcome = new CompletableFuture<>();
        server.bean(ContinualTuner.class).addListener(new TunerListener() {
            @Override
            public void onOutcome(TuningOutcome ended) {
                outcome.complete(ended);
            }
        });
        client.post("/api/tuner/tune", "{}");
        assertThat(answer(client, "What pet does Hanna have?")).isEqualTo(before);
        assertThat(outcome.get(3, TimeUnit.MINUTES).decision()).isEqualTo(TuningOutcome.Decision.SWAPPED);

        JsonNode tuned = state(client);
        assertThat(tuned.get("gate").get("passed").asBoolean())
                .as(tuned.get("gate").toString())
                .isTrue();
        assertThat(tuned.get("run").get("curve")).isNotEmpty();
        assertThat(tuned.get("versions").get(0).get("active").asBoolean()).isTrue();
        String after = answer(client, "What pet does Hanna have?");
        assertThat(before).doesNotStartWith("Hanna has a ");
        assertThat(after).startsWith("Hanna has a ");

        client.post("/api/tuner/rollback", "{}");
        assertThat(answer(client, "What pet does Hanna have?")).isEqualTo(before);
    }

    @Test
    void thePagesShowItAll() throws Exception {
        try (Browser browser = Browser.open(server.url())) {
            browser.size(Browser.DESKTOP).go("/");
            browser.the("#consent").click();
            QUESTIONS.forEach(browser::say);
            String before = browser.texts(".message.model p").getFirst();
            browser.the(".thumb.bad").click();
            browser.picture("chat-before");

            browser.go("/tuner.html");
            String verdict = browser.text("#verdict");
            browser.the("#tune").click();
            browser.await(page -> !page.texts("#curve .loss").isEmpty());
            browser.await(page ->
                    page.the("#tune").isEnabled() && !page.text("#verdict").equals(verdict));
            browser.picture("tuner");
            browser.size(Browser.NARROW).picture("tuner-narrow");
            assertThat(browser.attribute("#verdict", "class")).isEqualTo("passed");

            browser.size(Browser.DESKTOP).go("/");
            browser.the("#new").click();
            browser.await(page -> page.the("#welcome").isDisplayed());
            QUESTIONS.forEach(browser::say);
            assertThat(browser.texts(".message.model p").getFirst()).isNotEqualTo(before);
            browser.the(".thumb.good").click();
            browser.await(page -> page.attribute(".thumb.good", "aria-pressed").equals("true"));
            browser.picture("chat-after");
            browser.size(Browser.NARROW).picture("chat-after-narrow");

            browser.go("/tuner.html");
            browser.the("#rollback").click();
            browser.await(
                    page -> page.texts("#versions li.active strong").getFirst().startsWith("The model as it came"));
        }
    }

    @Test
    void onlyConsentingUsersAreRecordedAndAreForgottenOnDemand() throws Exception {
        Client client = new Client(server.url());
        answer(client, "unrecorded words");
        server.bean(ConversationRecorder.class).flush();
        assertThat(onDisk()).doesNotContain("unrecorded words");

        client.post("/api/consent", "{\"recorded\": true}");
        answer(client, "recorded words");
        server.bean(ConversationRecorder.class).flush();
        assertThat(onDisk()).contains("recorded words");
        client.post("/api/consent", "{\"recorded\": false}");
        assertThat(onDisk()).doesNotContain("recorded words");
    }

    /** So that the gate never measures on what a later turn of the same chat has taught. */
    @Test
    void theTurnsOfAChatAreRecordedAsOneConversation() throws Exception {
        Client client = new Client(server.url());
        client.post("/api/consent", "{\"recorded\": true}");
        client.post("/api/chat", "{\"text\": \"one\"}");
        client.post("/api/chat", "{\"text\": \"two\"}");
        answer(client, "three");
        ConversationRecorder recorder = server.bean(ConversationRecorder.class);
        recorder.flush();

        List<String> own = recorder.summaries().stream()
                .map(summary -> summary.speaker())
                .filter(speaker -> !speaker.user().equals(Optional.of(ExampleChats.USER)))
                .map(speaker -> speaker.conversation().orElseThrow())
                .toList()
                .reversed()
                .subList(0, 3);
        assertThat(own.get(1)).isEqualTo(own.get(2)).isNotEqualTo(own.get(0));
        client.post("/api/consent", "{\"recorded\": false}");
    }

    @Test
    void whatIsRecordedIsClosedToOtherUsers() throws IOException {
        try (Stream<Path> files = Files.walk(data.resolve("conversations"))) {
            assertThat(files)
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(Files.getPosixFilePermissions(file))
                            .doesNotContain(
                                    PosixFilePermission.GROUP_READ,
                                    PosixFilePermission.GROUP_WRITE,
                                    PosixFilePermission.OTHERS_READ,
                                    PosixFilePermission.OTHERS_WRITE));
        }
    }

    private static String answer(Client client, String question) throws Exception {
        client.post("/api/new", "{}");
        StringBuilder answer = new StringBuilder();
        String lines =
                client.post("/api/chat", "{\"text\": \"" + question + "\"}").body();
        for (JsonNode line :
                JSON.readerFor(JsonNode.class).<JsonNode>readValues(lines).readAll()) {
            answer.append(line.path("text").asText(""));
        }
        return answer.toString();
    }

    private static JsonNode state(Client client) throws Exception {
        return JSON.readTree(client.get("/api/tuner").body());
    }

    private static String onDisk() throws IOException {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.list(data.resolve("conversations"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                text.append(Files.readString(file));
            }
        }
        return text.toString();
    }
}
