package io.github.ift4j.langchain4j.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.github.ift4j.core.data.DatasetReader;
import io.github.ift4j.core.data.TrainingRecord;
import io.github.ift4j.core.files.OwnerOnly;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ConversationRecorderTest {
    private static final Speaker ANNA = Speaker.of("anna", "chat-1");
    private static final Speaker BERT = Speaker.of("bert", "chat-2");
    private static final String CARD = "4111 1111 1111 1111";

    @TempDir
    private Path parent;

    private Path folder() {
        return parent.resolve("conversations");
    }

    private ConversationRecorder.Builder agreeing() {
        return ConversationRecorder.builder(folder()).consent(_ -> true);
    }

    @Test
    void nothingIsRecordedUnlessConsentWasConfigured() throws IOException {
        try (ConversationRecorder recorder =
                ConversationRecorder.builder(folder()).build()) {
            String id = new EchoModel(recorder).say(ANNA, "hello");
            assertThat(recorder.rate(id, Rating.GOOD, "a comment").join()).isFalse();
            assertThat(recorder.statistics())
                    .extracting(
                            RecorderStatistics::recorded,
                            RecorderStatistics::withoutConsent,
                            RecorderStatistics::unknownRatings)
                    .containsExactly(0L, 1L, 1L);
        }
        assertThat(written()).isEmpty();
    }

    @Test
    void whatAModelIsToldOfTheFormOfItsAnswerIsRecordedToo() throws IOException {
        JsonSchema schema = JsonSchema.builder()
                .name("Person")
                .rootElement(
                        JsonObjectSchema.builder().addStringProperty("name").build())
                .build();
        ChatRequest request = ChatRequest.builder()
                .messages(SystemMessage.from("Be brief."), UserMessage.from("Who?"))
                .responseFormat(ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(schema)
                        .build())
                .build();
        try (ConversationRecorder recorder = agreeing().build()) {
            ANNA.call(() -> new EchoModel(recorder).chat(request));
        }

        RecordedExchange exchange =
                RecordedConversations.read(folder()).exchanges().getFirst();
        assertThat(exchange.messages().getFirst().fields().get("content").toString())
                .startsWith("Be brief.\n\nAnswer only with JSON that this JSON schema accepts:")
                .contains("\"name\"");
    }

    @Test
    void onlySpeakersWhoAgreeAreRecordedAndAFailureToAskIsNoConsent() throws IOException {
        try (ConversationRecorder recorder = ConversationRecorder.builder(folder())
                .consent(speaker -> speaker.user().orElseThrow().equals("anna"))
                .build()) {
            EchoModel model = new EchoModel(recorder);
            model.say(ANNA, "from anna");
            model.say(BERT, "from bert");
            model.chat("from nobody");
        }
        assertThat(written()).contains("from anna").doesNotContain("from bert").doesNotContain("from nobody");
    }

    @Test
    void anExchangeHoldsAllThatAModelCanLearnFrom() {
        Instant now = Instant.parse("2026-01-02T03:04:05Z");
        try (ConversationRecorder recorder =
                agreeing().clock(Clock.fixed(now, ZoneOffset.UTC)).build()) {
            ToolSpecification tool = ToolSpecification.builder()
                    .name("weather")
                    .description("of a city")
                    .parameters(
                            JsonObjectSchema.builder().addStringProperty("city").build())
                    .build();
            ChatRequest request = ChatRequest.builder()
                    .messages(
                            SystemMessage.from("Be brief."),
                            UserMessage.from("Hi"),
                            AiMessage.from("Hi!"),
                            UserMessage.from("Bye"))
                    .toolSpecifications(tool)
                    .build();
            ANNA.run(() -> new EchoModel(recorder).chat(request));
        }
        RecordedExchange exchange =
                RecordedConversations.read(folder()).exchanges().getFirst();
        assertThat(exchange.speaker()).isEqualTo(ANNA);
        assertThat(exchange.model()).isEqualTo("echo");
        assertThat(exchange.inputTokens()).hasValue(3);
        assertThat(exchange.outputTokens()).hasValue(5);
        assertThat(exchange.time()).isEqualTo(now);
        assertThat(exchange.messages())
                .extracting(message -> message.role() + ": " + message.fields().get("content"))
                .containsExactly(
                        "system: Be brief.", "user: Hi", "assistant: Hi!", "user: Bye", "assistant: You said: Bye");
        assertThat(exchange.tools().getFirst()).extracting("function.name").isEqualTo("weather");
        assertThat(exchange.toJson())
                .startsWith("{\"id\":\"echo-1\",\"started\":")
                .contains("\"properties\":{\"city\"");
    }

    @Test
    void aStreamedAnswerIsRecordedWithTheSpeakerOfItsRequest() throws Exception {
        CompletableFuture<ChatResponse> complete = new CompletableFuture<>();
        try (ConversationRecorder recorder = agreeing().build()) {
            StreamingChatModel model = new StreamingChatModel() {
                @Override
                public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
                    Thread.ofPlatform()
                            .start(() -> handler.onCompleteResponse(ChatResponse.builder()
                                    .aiMessage(AiMessage.from("streamed"))
                                    .build()));
                }

                @Override
                public List<ChatModelListener> listeners() {
                    return List.of(recorder);
                }
            };
            ANNA.run(() -> model.chat("hello", new StreamingChatResponseHandler() {
                @Override
                public void onCompleteResponse(ChatResponse response) {
                    complete.complete(response);
                }

                @Override
                public void onError(Throwable error) {
                    complete.completeExceptionally(error);
                }
            }));
            complete.join();
        }
        RecordedExchange exchange =
                RecordedConversations.read(folder()).exchanges().getFirst();
        assertThat(exchange.speaker()).isEqualTo(ANNA);
        assertThat(exchange.messages().getLast().fields()).containsEntry("content", "streamed");
        assertThat(exchange.id()).isNotBlank();
    }

    @Test
    void laterListenersSeeTheIdOfTheExchange() {
        List<Object> ids = new ArrayList<>();
        ChatModelListener later = new ChatModelListener() {
            @Override
            public void onResponse(ChatModelResponseContext context) {
                ids.add(context.attributes().get(ConversationRecorder.EXCHANGE_ID));
            }
        };
        try (ConversationRecorder recorder = agreeing().build()) {
            assertThat(ids).isEmpty();
            assertThat(new EchoModel(recorder, later).say(ANNA, "hello")).isEqualTo("echo-1");
        }
        assertThat(ids).containsExactly("echo-1");
    }

    @Test
    void whatWasRedactedIsNeitherWrittenNorLogged() throws IOException {
        List<String> logged = new ArrayList<>();
        try (LogCapture _ = new LogCapture(logged);
                ConversationRecorder recorder = agreeing()
                        .redaction(Redaction.common().andThen(text -> {
                            if (text.contains("explode")) {
                                throw new IllegalStateException(text);
                            }
                            return text;
                        }))
                        .build()) {
            EchoModel model = new EchoModel(recorder);
            String id = model.say(ANNA, "my card is " + CARD);
            recorder.rate(id, Rating.BAD, "you repeated " + CARD).join();
            model.say(ANNA, "explode with secret");
            recorder.flush();
            assertThat(recorder.statistics().failed()).isEqualTo(1);
            assertThat(recorder.statistics().lastProblem().orElseThrow()).doesNotContain("secret");
        }
        assertThat(written()).contains("[card]").doesNotContain(CARD).doesNotContain("secret");
        assertThat(logged).isNotEmpty().noneMatch(line -> line.contains("secret") || line.contains(CARD));
    }

    /** In a thread of its own, as what waits for a recorder that has ended cannot be interrupted. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void anErrorOfARedactionOrAListenerCostsNothingElse() throws IOException {
        Redaction overflowing = Redaction.replacing(Pattern.compile("(a|b)*c"), "c");
        String tooLong = "secret" + "ab".repeat(500_000);
        try (ConversationRecorder recorder = agreeing().redaction(overflowing).build()) {
            EchoModel model = new EchoModel(recorder);
            model.say(ANNA, tooLong);
            String id = model.say(ANNA, "short");
            CompletableFuture<Boolean> rating = recorder.rate(id, Rating.GOOD, tooLong);
            assertThatExceptionOfType(CompletionException.class)
                    .isThrownBy(rating::join)
                    .withCauseInstanceOf(StackOverflowError.class);
            assertThat(recorder.statistics())
                    .extracting(RecorderStatistics::failed, RecorderStatistics::recorded)
                    .containsExactly(2L, 1L);
            assertThat(recorder.statistics().lastProblem())
                    .contains("recording failed with java.lang.StackOverflowError");

            recorder.addListener(() -> {
                throw new AssertionError("secret");
            });
            model.say(BERT, "after that");
            recorder.flush();
            assertThat(recorder.forgetUser("anna")).isEqualTo(1);
            assertThat(recorder.statistics().lastProblem()).contains("a listener failed with java.lang.AssertionError");
        }
        assertThat(written()).contains("after that").doesNotContain("secret");
    }

    /** Negative control: without redaction the same words are found by the same search. */
    @Test
    void withoutRedactionTheWordsAreThere() throws IOException {
        try (ConversationRecorder recorder = agreeing().build()) {
            new EchoModel(recorder).say(ANNA, "my card is " + CARD);
        }
        assertThat(written()).contains(CARD);
    }

    @Test
    void filesAndFolderBelongToTheirOwnerOnly() throws IOException {
        try (ConversationRecorder recorder = agreeing().build()) {
            EchoModel model = new EchoModel(recorder);
            recorder.rate(model.say(ANNA, "hello"), Rating.GOOD).join();
            model.say(BERT, "bye");
            recorder.forgetUser("bert");
            RecordedConversations.read(folder()).export(folder().resolve("export.jsonl"));
            assumeTrue(OwnerOnly.isSupported(folder()), "the file system has no POSIX permissions");
            assertThat(permissions(folder())).isEqualTo("rwx------");
            try (Stream<Path> files = Files.list(folder())) {
                assertThat(files.toList())
                        .hasSize(4)
                        .allMatch(file -> permissions(file).equals("rw-------"));
            }
        }
    }

    @Test
    void aTornLineIsPassedOverReportedAndCutOff() throws IOException {
        try (ConversationRecorder recorder = agreeing().build()) {
            new EchoModel(recorder).say(ANNA, "whole");
        }
        Path file = folder().resolve("conversations-000001.jsonl");
        Files.writeString(file, "{\"id\":\"half", StandardOpenOption.APPEND);

        RecordedConversations read = RecordedConversations.read(folder());
        assertThat(read.exchanges()).hasSize(1);
        assertThat(read.notices()).containsExactly(file + ": the last line is not finished and was passed over");

        try (ConversationRecorder recorder = agreeing().build()) {
            assertThat(recorder.statistics().damagedLines()).isEqualTo(1);
            new EchoModel(recorder).say(ANNA, "next");
        }
        assertThat(Files.readAllLines(file)).hasSize(2).allMatch(line -> line.endsWith("}"));
    }

    @Test
    void theLastRatingCountsAndGoodOnesAreReadableAsTrainingData() {
        try (ConversationRecorder recorder = agreeing().build()) {
            EchoModel model = new EchoModel(recorder);
            String first = model.say(ANNA, "first");
            String second = model.say(ANNA, "second");
            model.say(ANNA, "third");
            recorder.rate(first, Rating.GOOD);
            recorder.rate(second, Rating.BAD);
            recorder.rate(second, Rating.GOOD, "on second thoughts");
            recorder.rate(first, Rating.BAD);
        }
        RecordedConversations conversations = RecordedConversations.read(folder());
        conversations.export(parent.resolve("good.jsonl"));

        List<TrainingRecord> records = DatasetReader.readAll(List.of(parent.resolve("good.jsonl")));
        assertThat(records).hasSize(1);
        assertThat(((TrainingRecord.Conversation) records.getFirst())
                        .messages()
                        .getFirst()
                        .fields())
                .containsEntry("content", "second");
        assertThat(conversations.ratings().get("echo-2").comment()).isEqualTo("on second thoughts");
        assertThat(DatasetReader.readAll(List.of(folder().resolve("conversations-000001.jsonl"))))
                .hasSize(3);
    }

    @Test
    void oldestFilesGoWhenTheTotalIsTooLarge() throws IOException {
        RecordingLimits limits = RecordingLimits.DEFAULTS.withFileBytes(1_000).withTotalBytes(3_000);
        try (ConversationRecorder recorder = agreeing().limits(limits).build()) {
            EchoModel model = new EchoModel(recorder);
            for (int i = 0; i < 50; i++) {
                recorder.rate(model.say(ANNA, "message " + i), Rating.GOOD, "comment " + i)
                        .join();
            }
            assertThat(recorder.summaries())
                    .extracting(ExchangeSummary::id)
                    .contains("echo-50")
                    .doesNotContain("echo-1");
        }
        long total = 0;
        for (Path file : ConversationFiles.conversations(folder())) {
            assertThat(Files.size(file)).isLessThanOrEqualTo(1_000);
            total += Files.size(file);
        }
        assertThat(total).isLessThanOrEqualTo(3_000);
        assertThat(written()).contains("comment 49").doesNotContain("comment 1\"");
    }

    @Test
    void filesGoWhenAllInThemIsTooOld() throws IOException {
        MovingClock clock = new MovingClock();
        RecordingLimits limits = RecordingLimits.DEFAULTS.withAge(Duration.ofDays(8));
        try (ConversationRecorder recorder =
                agreeing().limits(limits).clock(clock).build()) {
            EchoModel model = new EchoModel(recorder);
            model.say(ANNA, "day 0");
            recorder.flush();
            clock.move(Duration.ofDays(5));
            model.say(ANNA, "day 5");
            recorder.flush();
            assertThat(written()).contains("day 0");
            clock.move(Duration.ofDays(4));
            recorder.flush();
            assertThat(written()).contains("day 5").doesNotContain("day 0");
        }
        clock.move(Duration.ofDays(9));
        agreeing().limits(limits).clock(clock).build().close();
        assertThat(written()).isEmpty();
    }

    @Test
    void aUserIsForgottenInEveryFileWithTheRatings() throws IOException {
        RecordingLimits limits = RecordingLimits.DEFAULTS.withFileBytes(2_000);
        try (ConversationRecorder recorder = agreeing().limits(limits).build()) {
            EchoModel model = new EchoModel(recorder);
            for (int i = 0; i < 20; i++) {
                String id = model.say(i % 2 == 0 ? ANNA : BERT, "message " + i);
                recorder.rate(id, Rating.GOOD, "comment " + (i % 2 == 0 ? "of anna" : "of bert"));
            }
            assertThat(recorder.forgetUser("anna")).isEqualTo(10);
            assertThat(recorder.forget("echo-2")).isTrue();
            assertThat(recorder.forget("echo-2")).isFalse();
            assertThat(written())
                    .doesNotContain("anna")
                    .doesNotContain("echo-2\"")
                    .contains("bert");
            model.say(BERT, "still recording");
        }
        assertThat(RecordedConversations.read(folder()).exchanges()).hasSize(10);
    }

    @Test
    void whatIsNoTextOrTooLargeIsCountedAndNotRecorded() {
        try (ConversationRecorder recorder = agreeing()
                .limits(RecordingLimits.DEFAULTS.withExchangeBytes(500))
                .build()) {
            EchoModel model = new EchoModel(recorder);
            model.say(ANNA, "x".repeat(400));
            model.chat(
                    UserMessage.from(ImageContent.from("http://localhost/cat.png")), UserMessage.from("what is it?"));
            recorder.flush();
            assertThat(recorder.statistics().unfit()).isEqualTo(2);
            assertThat(recorder.statistics().recorded()).isZero();
        }
    }

    @Test
    void eightThreadsLoseNothingWhereTheQueueIsLongEnough() throws Exception {
        int perThread = 50;
        try (ConversationRecorder recorder = agreeing().queue(8 * perThread * 2).build()) {
            EchoModel model = new EchoModel(recorder);
            inEightThreads(() -> {
                for (int i = 0; i < perThread; i++) {
                    recorder.rate(model.say(ANNA, "hello"), Rating.GOOD);
                }
            });
            recorder.flush();
            assertThat(recorder.statistics().recorded()).isEqualTo(8 * perThread);
            assertThat(recorder.statistics().dropped()).isZero();
        }
        RecordedConversations read = RecordedConversations.read(folder());
        Set<String> ids = new HashSet<>();
        read.exchanges().forEach(exchange -> ids.add(exchange.id()));
        assertThat(ids).hasSize(8 * perThread);
        assertThat(read.good()).hasSize(8 * perThread);
        assertThat(read.notices()).isEmpty();
    }

    @Test
    void aRequestNeverWaitsForTheDisk() throws Exception {
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (ConversationRecorder recorder = agreeing()
                .queue(2)
                .redaction(text -> {
                    writing.countDown();
                    awaitQuietly(release);
                    return text;
                })
                .build()) {
            EchoModel model = new EchoModel(recorder);
            model.say(ANNA, "the writer holds this");
            writing.await();
            for (int i = 0; i < 10; i++) {
                model.say(ANNA, "message " + i);
            }
            assertThat(recorder.rate("echo-1", Rating.GOOD).join()).isFalse();
            assertThat(recorder.statistics().dropped()).isEqualTo(8 + 1);
            release.countDown();
            recorder.flush();
            assertThat(recorder.statistics().recorded()).isEqualTo(1 + 2);
        }
    }

    @Test
    void closingWritesWhatWaitsAndDropsWhatComesLater() {
        ConversationRecorder recorder = agreeing().build();
        EchoModel model = new EchoModel(recorder);
        for (int i = 0; i < 100; i++) {
            model.say(ANNA, "message " + i);
        }
        recorder.close();
        recorder.close();
        model.say(ANNA, "too late");
        assertThat(recorder.statistics().dropped()).isEqualTo(1);
        assertThat(RecordedConversations.read(folder()).exchanges()).hasSize(100);
    }

    @Test
    void aFolderHasOneRecorderAtATime() {
        try (ConversationRecorder recorder = agreeing().build()) {
            assertThatExceptionOfType(UncheckedIOException.class)
                    .isThrownBy(() -> agreeing().build())
                    .withMessageContaining(recorder.folder() + " is in use by another");
        }
        agreeing().build().close();
    }

    @Test
    void theIndexIsTheSameAfterReopening() {
        List<ExchangeSummary> before;
        try (ConversationRecorder recorder = agreeing().build()) {
            EchoModel model = new EchoModel(recorder);
            model.say(BERT, "unrated");
            recorder.rate(model.say(ANNA, "hello"), Rating.BAD).join();
            before = recorder.summaries();
        }
        try (ConversationRecorder recorder = agreeing().build()) {
            assertThat(recorder.summaries()).isEqualTo(before).hasSize(2);
            assertThat(before.getLast().isRated(Rating.BAD)).isTrue();
        }
    }

    /** All that lies in the folder, as one text. */
    private String written() throws IOException {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.list(folder())) {
            for (Path file : files.toList()) {
                text.append(Files.readString(file));
            }
        }
        return text.toString();
    }

    private static String permissions(Path path) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void inEightThreads(Runnable action) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(Thread.ofPlatform().start(action));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class MovingClock extends Clock {
        private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");

        void move(Duration time) {
            now = now.plus(time);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    /** Collects what the recorder logs. */
    private static final class LogCapture extends Handler implements AutoCloseable {
        private final Logger logger = Logger.getLogger(ConversationRecorder.class.getName());
        private final List<String> lines;

        LogCapture(List<String> lines) {
            this.lines = lines;
            logger.addHandler(this);
            logger.setUseParentHandlers(false);
        }

        @Override
        public void publish(LogRecord record) {
            lines.add(record.getMessage() + " " + record.getThrown());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            logger.removeHandler(this);
            logger.setUseParentHandlers(true);
        }
    }
}
