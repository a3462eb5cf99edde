package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.request.ChatRequestParameters;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class IftChatRequestParametersTest {
    private static final IftChatRequestParameters OWN = IftChatRequestParameters.builder()
            .temperature(0.5)
            .seed(1L)
            .minP(0.1)
            .repetitionPenalty(1.1)
            .build();

    @Test
    void overridingKeepsWhatTheOtherDoesNotSet() {
        IftChatRequestParameters merged = OWN.overrideWith(
                IftChatRequestParameters.builder().seed(2L).topK(3).build());

        assertThat(merged)
                .isEqualTo(IftChatRequestParameters.builder()
                        .temperature(0.5)
                        .seed(2L)
                        .minP(0.1)
                        .repetitionPenalty(1.1)
                        .topK(3)
                        .build());
    }

    @Test
    void commonParametersOverrideWithoutLosingOwnOnes() {
        IftChatRequestParameters merged = OWN.overrideWith(
                ChatRequestParameters.builder().temperature(0.9).build());

        assertThat(merged.temperature()).isEqualTo(0.9);
        assertThat(merged.seed()).isEqualTo(1);
    }

    @Test
    void ownParametersSurviveWhenTheyOverrideCommonOnes() {
        ChatRequestParameters merged =
                ChatRequestParameters.builder().temperature(0.9).topK(4).build().overrideWith(OWN);

        assertThat(merged)
                .isEqualTo(OWN.overrideWith(
                        IftChatRequestParameters.builder().topK(4).build()));
    }

    @Test
    void defaultsFillWhatIsNotSet() {
        IftChatRequestParameters merged =
                IftChatRequestParameters.builder().seed(9L).build().defaultedBy(OWN);

        assertThat(merged.seed()).isEqualTo(9);
        assertThat(merged.minP()).isEqualTo(0.1);
    }

    @Test
    void equalityCoversEveryOwnParameter() {
        IftChatRequestParameters same = IftChatRequestParameters.EMPTY.overrideWith(OWN);

        assertThat(same).isEqualTo(OWN).hasSameHashCodeAs(OWN).hasToString(OWN.toString());
        assertThat(OWN)
                .isNotEqualTo(OWN.overrideWith(
                        IftChatRequestParameters.builder().seed(2L).build()))
                .isNotEqualTo(OWN.overrideWith(
                        IftChatRequestParameters.builder().minP(0.2).build()))
                .isNotEqualTo(OWN.overrideWith(IftChatRequestParameters.builder()
                        .repetitionPenalty(2.0)
                        .build()))
                .isNotEqualTo(OWN.overrideWith(
                        IftChatRequestParameters.builder().adapter("a").build()))
                .isNotEqualTo(OWN.overrideWith(IftChatRequestParameters.builder()
                        .timeout(Duration.ofSeconds(1))
                        .build()));
    }

    @Test
    void aModelNameTakesBackAnAdapterThatItOverrides() {
        IftChatRequestParameters adapted =
                IftChatRequestParameters.builder().adapter("a").build();
        ChatRequestParameters named =
                ChatRequestParameters.builder().modelName("b").build();

        assertThat(adapted.overrideWith(named).adapter()).isNull();
        assertThat(adapted.overrideWith(named).modelName()).isEqualTo("b");
        assertThat(adapted.defaultedBy(named).adapter()).isEqualTo("a");
    }
}
