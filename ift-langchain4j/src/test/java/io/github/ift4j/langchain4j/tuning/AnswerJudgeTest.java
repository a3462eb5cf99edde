package io.github.ift4j.langchain4j.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.ift4j.core.data.Message;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class AnswerJudgeTest {
    private static final List<Message> CONVERSATION = List.of(Message.of("user", "What is it?"));

    private static int verdict(UnaryOperator<String> judge) {
        ChatModel model = new ChatModel() {
            @Override
            public ChatResponse doChat(ChatRequest request) {
                String question = ((UserMessage) request.messages().getFirst()).singleText();
                return ChatResponse.builder()
                        .aiMessage(AiMessage.from(judge.apply(question)))
                        .build();
            }
        };
        return new AnswerJudge(model).compare(CONVERSATION, "right", "wrong");
    }

    @Test
    void theAnswerThatIsPreferredInBothPlacesWins() {
        assertThat(verdict(question -> question.contains("[Answer A]\nright") ? "A" : "The answer is B."))
                .isPositive();
        assertThat(verdict(question -> question.contains("[Answer A]\nwrong") ? "A" : "B"))
                .isNegative();
    }

    @Test
    void aJudgeWhoPrefersAPlaceOrCannotBeUnderstoodDecidesNothing() {
        assertThat(verdict(_ -> "A")).isZero();
        assertThat(verdict(_ -> "B")).isZero();
        assertThat(verdict(_ -> "tie")).isZero();
        assertThat(verdict(_ -> "I like bananas")).isZero();
    }

    @Test
    void aCandidateNeedsHalfOfTheVerdicts() {
        assertThat(gate(new AnswerJudge.Tally(1, 1, 3)).passed()).isTrue();
        assertThat(gate(new AnswerJudge.Tally(1, 2, 3)).objection().orElseThrow())
                .isEqualTo("the judge prefers the version in service, 2 to 1 with 3 ties");
    }

    @Test
    void aLossThatIsNotLowerByTheMarginIsAnObjection() {
        assertThat(new GateResult(9, 1.5, 1.5, 0, Map.of(), Map.of(), Optional.empty()).passed())
                .isFalse();
        assertThat(new GateResult(9, 1.45, 1.5, 0.1, Map.of(), Map.of(), Optional.empty()).passed())
                .isFalse();
        assertThat(new GateResult(9, Double.NaN, 1.5, 0, Map.of(), Map.of(), Optional.empty()).passed())
                .isFalse();
        assertThat(new GateResult(9, 1.3, 1.5, 0.1, Map.of(), Map.of(), Optional.empty()).passed())
                .isTrue();
    }

    @Test
    void aVersionGoesWhenItsBadRatingsExceedItsPredecessorsByTheMargin() {
        RollbackRule rule = new RollbackRule(0.1, 10);
        RatingTally before = new RatingTally(8, 2);
        assertThat(rule.objection(new RatingTally(6, 4), before)).isPresent();
        assertThat(rule.objection(new RatingTally(8, 2), before)).isEmpty();
        assertThat(rule.objection(new RatingTally(0, 9), before)).isEmpty();
    }

    private static GateResult gate(AnswerJudge.Tally tally) {
        return new GateResult(9, 1, 2, 0.1, Map.of(), Map.of(), Optional.of(tally));
    }
}
