package io.github.ift4j.langchain4j.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.langchain4j.IftStreamingChatModel;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EngineMetersTest {
    private static final Path GOLDEN = Path.of("../ift-jlama/src/test/resources/golden/llama/model");

    private final MeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void theGaugesTellWhoRunsAndWhoWaits() throws Exception {
        try (IftEngine engine =
                IftEngine.builder().modelPath(GOLDEN).maxConcurrentRequests(1).build()) {
            new EngineMeters(engine).bindTo(registry);
            assertThat(gauge("running")).isZero();

            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            StreamedText first = new StreamedText() {
                @Override
                public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                    begun.countDown();
                    awaitUninterruptibly(goOn);
                }
            };
            StreamedText second = new StreamedText();
            IftStreamingChatModel model = IftStreamingChatModel.builder()
                    .engine(engine)
                    .maxOutputTokens(4)
                    .build();
            model.chat("Hi", first);
            begun.await();
            model.chat("Hi", second);

            while (gauge("waiting") < 1) {
                Thread.onSpinWait();
            }
            assertThat(gauge("running")).isEqualTo(1);
            goOn.countDown();
            second.await();
            first.await();
            engine.close(Duration.ofSeconds(10));
            assertThat(gauge("running")).isZero();
            assertThat(gauge("waiting")).isZero();
        }
    }

    private double gauge(String name) {
        return registry.get("ift.engine.requests." + name)
                .tag("gen_ai.request.model", "model")
                .gauge()
                .value();
    }
}
