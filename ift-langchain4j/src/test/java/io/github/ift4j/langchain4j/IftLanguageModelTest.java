package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.StreamingResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.Response;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class IftLanguageModelTest {
    private final IftEngine engine = IftEngine.load(TinyModels.BASE);

    @AfterEach
    void release() {
        engine.close();
    }

    @Test
    void continuesAPlainTextWithoutATemplate() {
        Response<String> response = model(7).generate("the cat");

        var expected = engine.textModel()
                .generate(engine.textModel().textRequest("the cat").withMaxNewTokens(7));
        assertThat(response.content()).isEqualTo(expected.text());
        assertThat(response.tokenUsage().inputTokenCount()).isEqualTo(expected.promptTokens());
        assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(expected.generatedTokens());
        assertThat(response.finishReason()).isIn(FinishReason.LENGTH, FinishReason.STOP);
    }

    @Test
    void streamsTheSame() throws Exception {
        Recorder recorder = new Recorder();

        streaming().generate("the cat", recorder);
        recorder.done.await();

        assertThat(String.join("", recorder.pieces))
                .isEqualTo(model(7).generate("the cat").content())
                .isEqualTo(recorder.responses.getFirst().content());
        assertThat(recorder.errors).isEmpty();
        assertThat(recorder.thread).isNotSameAs(Thread.currentThread());
    }

    @Test
    void whatACallbackThrowsGoesToOnErrorAndTheTextGoesOn() throws Exception {
        Recorder recorder = new Recorder() {
            @Override
            public void onNext(String token) {
                super.onNext(token);
                throw new IllegalArgumentException("of the callback");
            }
        };

        streaming().generate("the cat", recorder);
        recorder.done.await();

        assertThat(recorder.errors).hasSameSizeAs(recorder.pieces).isNotEmpty();
        assertThat(recorder.responses).hasSize(1);
    }

    @Test
    void whatCannotBeAnsweredThrows() throws Exception {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> model(7).generate("the cat ".repeat(100)))
                .withMessageContaining("the model's context holds 64");
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> streaming().generate("the cat ".repeat(100), new Recorder()));
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> IftLanguageModel.builder()
                        .engine(engine)
                        .modelName("other")
                        .build()
                        .generate("the cat"));
        Recorder recorder = new Recorder();
        IftStreamingLanguageModel.builder()
                .engine(engine)
                .modelName("other")
                .build()
                .generate("the cat", recorder);
        recorder.failed.await();
        assertThat(recorder.errors.getFirst()).isInstanceOf(ModelNotFoundException.class);
        assertThatNullPointerException()
                .isThrownBy(() -> IftLanguageModel.builder().build())
                .withMessageContaining("engine must be set");
    }

    private IftLanguageModel model(int tokens) {
        return IftLanguageModel.builder()
                .engine(engine)
                .temperature(0.0)
                .maxOutputTokens(tokens)
                .build();
    }

    private IftStreamingLanguageModel streaming() {
        return IftStreamingLanguageModel.builder()
                .engine(engine)
                .temperature(0.0)
                .maxOutputTokens(7)
                .build();
    }

    private static class Recorder implements StreamingResponseHandler<String> {
        final List<String> pieces = Collections.synchronizedList(new ArrayList<>());
        final List<Response<String>> responses = Collections.synchronizedList(new ArrayList<>());
        final List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
        final CountDownLatch done = new CountDownLatch(1);
        final CountDownLatch failed = new CountDownLatch(1);
        volatile Thread thread;

        @Override
        public void onNext(String token) {
            thread = Thread.currentThread();
            pieces.add(token);
        }

        @Override
        public void onComplete(Response<String> response) {
            responses.add(response);
            done.countDown();
        }

        @Override
        public void onError(Throwable error) {
            errors.add(error);
            failed.countDown();
        }
    }
}
