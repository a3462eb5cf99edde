package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.output.FinishReason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class IftStreamingChatModelTest {
    private static final String TEXT = "Grüße, 世界!";

    @Test
    void partialsAddUpToTheAnswerAndComeFromOneOtherThread() throws Exception {
        StreamRecorder recorder = new StreamRecorder();

        saying(TEXT).chat("Hi", recorder);
        recorder.await();

        assertThat(recorder.partials).containsExactly("G", "r", "ü", "ß", "e", ",", " ", "世", "界", "!");
        assertThat(recorder.responses).hasSize(1);
        ChatResponse response = recorder.responses.getFirst();
        assertThat(response.aiMessage().text()).isEqualTo(TEXT).isEqualTo(recorder.text());
        assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(response.id()).isNotBlank();
        assertThat(response.modelName()).isEqualTo(ScriptedModel.NAME);
        assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(17);
        assertThat(recorder.errors).isEmpty();
        assertThat(recorder.threads).hasSize(1).doesNotContain(Thread.currentThread());
    }

    @Test
    void thereAreNoMorePartialsThanOutputTokens() throws Exception {
        for (int bound = 1; bound <= 17; bound++) {
            StreamRecorder recorder = new StreamRecorder();

            saying(TEXT).chat(request().maxOutputTokens(bound).build(), recorder);
            recorder.await();

            assertThat(recorder.partials).hasSizeLessThanOrEqualTo(bound);
            ChatResponse response = recorder.responses.getFirst();
            assertThat(recorder.text()).isEqualTo(response.aiMessage().text());
            assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(bound);
        }
    }

    @Test
    void aStopSequenceIsNeverStreamed() throws Exception {
        StreamRecorder recorder = new StreamRecorder();

        saying("one STOP two").chat(request().stopSequences(List.of("STOP")).build(), recorder);
        recorder.await();

        assertThat(recorder.text()).isEqualTo("one ");
        assertThat(recorder.responses.getFirst().finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void anEmptyAnswerHasNoPartials() throws Exception {
        StreamRecorder recorder = new StreamRecorder();

        saying("").chat("Hi", recorder);
        recorder.await();

        assertThat(recorder.partials).isEmpty();
        assertThat(recorder.responses).hasSize(1);
    }

    @Test
    void nothingComesAfterCancellingAtAnyPartial() throws Exception {
        ScriptedModel scripted = ScriptedModel.answering(prompt -> TEXT);
        StreamingChatModel model = model(scripted);
        for (int at = 1; at <= TEXT.length(); at++) {
            int last = at;
            List<Boolean> cancelled = new ArrayList<>();
            StreamRecorder recorder = new StreamRecorder() {
                @Override
                public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                    super.onPartialResponse(partial, context);
                    if (partials.size() == last) {
                        cancelled.add(context.streamingHandle().isCancelled());
                        context.streamingHandle().cancel();
                        cancelled.add(context.streamingHandle().isCancelled());
                    }
                }
            };

            model.chat("Hi", recorder);
            recorder.await();

            assertThat(recorder.text()).isEqualTo(TEXT.substring(0, at));
            assertThat(recorder.responses).isEmpty();
            assertThat(recorder.errors).isEmpty();
            assertThat(cancelled).containsExactly(false, true);
            assertThat(scripted.openContexts()).isZero();
        }
    }

    @Test
    void whatACallbackThrowsGoesToOnErrorAndTheAnswerGoesOn() throws Exception {
        RuntimeException failure = new RuntimeException("from user code");
        StreamRecorder recorder = new StreamRecorder() {
            @Override
            public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                super.onPartialResponse(partial, context);
                throw failure;
            }
        };

        saying("Hello").chat("Hi", recorder);
        recorder.await();

        assertThat(recorder.partials).hasSize(5);
        assertThat(recorder.errors).hasSize(5).containsOnly(failure);
        assertThat(recorder.responses).hasSize(1);
    }

    @Test
    void whatOnCompleteResponseThrowsGoesToOnErrorOnce() throws Exception {
        AssertionError failure = new AssertionError("from user code");
        StreamRecorder recorder = new StreamRecorder() {
            @Override
            public void onCompleteResponse(ChatResponse response) {
                super.onCompleteResponse(response);
                throw failure;
            }
        };

        saying("Hello").chat("Hi", recorder);
        recorder.await();

        assertThat(recorder.responses).hasSize(1);
        assertThat(recorder.errors).containsExactly(failure);
    }

    @Test
    void whatOnErrorThrowsIsSwallowed() throws Exception {
        StreamRecorder recorder = new StreamRecorder() {
            @Override
            public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                super.onPartialResponse(partial, context);
                if (partials.size() == 2) {
                    throw new RuntimeException("of onPartialResponse");
                }
            }

            @Override
            public void onError(Throwable error) {
                super.onError(error);
                throw new RuntimeException("of onError");
            }
        };

        saying("Hello").chat("Hi", recorder);
        recorder.await();

        assertThat(recorder.errors).hasSize(1);
        assertThat(recorder.text()).isEqualTo("Hello");
        assertThat(recorder.responses).hasSize(1);
    }

    @Test
    void invalidRequestsThrowAtOnce() {
        StreamingChatModel model = saying("x");
        StreamRecorder recorder = new StreamRecorder();

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> model.chat("x".repeat(ScriptedModel.CONTEXT), recorder));
        assertThatThrownBy(() -> model.chat(request().frequencyPenalty(0.5).build(), recorder))
                .isExactlyInstanceOf(UnsupportedFeatureException.class);

        assertThat(recorder.threads).isEmpty();
    }

    @Test
    void aModelNameThatIsNotServedGoesToOnError() throws Exception {
        StreamRecorder recorder = new StreamRecorder();

        saying("x").chat(request().modelName("banana").build(), recorder);
        recorder.await();

        assertThat(recorder.errors)
                .singleElement()
                .satisfies(error -> assertThat(error).isExactlyInstanceOf(ModelNotFoundException.class));
        assertThat(recorder.responses).isEmpty();
        assertThat(recorder.threads).doesNotContain(Thread.currentThread());
    }

    @Test
    void aModelThatFailsIsReportedOnce() throws Exception {
        StreamRecorder recorder = new StreamRecorder();
        StreamingChatModel model = model(ScriptedModel.answering(prompt -> {
            throw new IllegalStateException("damaged weights");
        }));

        model.chat("Hi", recorder);
        recorder.await();

        assertThat(recorder.errors).hasSize(1);
        assertThat(recorder.errors.getFirst())
                .isInstanceOf(LangChain4jException.class)
                .hasMessageContaining("damaged weights");
        assertThat(recorder.responses).isEmpty();
    }

    @Test
    void closingTheEngineReportsTheAnswerItBreaksOff() throws Exception {
        IftEngine engine = ScriptedModel.engine("x".repeat(900));
        HeldRecorder recorder = new HeldRecorder();
        IftStreamingChatModel.builder().engine(engine).build().chat("Hi", recorder);
        recorder.awaitWriting();
        Thread closer = Thread.ofPlatform().start(engine::close);
        while (closer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }

        recorder.letGo();
        closer.join();
        recorder.await();

        assertThat(recorder.partials).hasSize(1);
        assertThat(recorder.responses).isEmpty();
        assertThat(recorder.errors)
                .singleElement()
                .satisfies(error -> assertThat(error)
                        .isInstanceOf(LangChain4jException.class)
                        .hasMessageContaining("closed"));
    }

    @Test
    void aCallbackMayAskAgain() throws Exception {
        StreamingChatModel model = saying("Hello");
        StreamRecorder second = new StreamRecorder();
        StreamRecorder first = new StreamRecorder() {
            @Override
            public void onCompleteResponse(ChatResponse response) {
                model.chat("again", second);
                super.onCompleteResponse(response);
            }
        };

        model.chat("Hi", first);
        first.await();

        assertThat(second.await().text()).isEqualTo("Hello");
    }

    @Test
    void manyStreamsRunAtATime() throws Exception {
        StreamingChatModel model = model(ScriptedModel.answering(prompt -> "You said " + prompt));
        List<StreamRecorder> recorders = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            StreamRecorder recorder = new StreamRecorder();
            recorders.add(recorder);
            model.chat("number " + i + ".", recorder);
        }

        for (int i = 0; i < 40; i++) {
            assertThat(recorders.get(i).await().text()).contains("number " + i + ".");
        }
    }

    @Test
    void itNamesItsProviderAndCapabilities() {
        IftStreamingChatModel model = saying("x");

        assertThat(model.provider()).isEqualTo(ModelProvider.OTHER);
        assertThat(model.supportedCapabilities()).containsExactly(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }

    private static ChatRequest.Builder request() {
        return ChatRequest.builder().messages(UserMessage.from("Hi"));
    }

    private static IftStreamingChatModel saying(String answer) {
        return model(ScriptedModel.answering(prompt -> answer));
    }

    private static IftStreamingChatModel model(ScriptedModel scripted) {
        return IftStreamingChatModel.builder().engine(scripted.engine()).build();
    }
}
