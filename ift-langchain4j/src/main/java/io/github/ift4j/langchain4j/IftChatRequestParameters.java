package io.github.ift4j.langchain4j;

import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** LangChain4j's parameters and those that only models of this project have. What is null is left to the model. */
public class IftChatRequestParameters extends DefaultChatRequestParameters {
    /** Sets nothing. */
    public static final IftChatRequestParameters EMPTY =
            IftChatRequestParameters.builder().build();

    private final Long seed;
    private final Double minP;
    private final Double repetitionPenalty;
    private final String adapter;
    private final Duration timeout;
    private final String guidedRegex;
    private final List<String> guidedChoice;

    private IftChatRequestParameters(Builder builder) {
        super(builder);
        this.seed = builder.seed;
        this.minP = builder.minP;
        this.repetitionPenalty = builder.repetitionPenalty;
        this.adapter = builder.adapter;
        this.timeout = builder.timeout;
        this.guidedRegex = builder.guidedRegex;
        this.guidedChoice = builder.guidedChoice == null ? null : List.copyOf(builder.guidedChoice);
    }

    /** Start of the random numbers: equal requests with equal seeds have equal answers. */
    public Long seed() {
        return seed;
    }

    /** Least share of the greatest probability that a token must have to be drawn, 0 to 1. */
    public Double minP() {
        return minP;
    }

    /** What weakens the logits of tokens that are already there, above 0; 1 is no penalty. */
    public Double repetitionPenalty() {
        return repetitionPenalty;
    }

    /**
     * The name of the adapter that answers, as {@link IftEngine#loadAdapter} gave it; {@link #modelName()} can name it as well. Where both
     * are set, this one counts; but a model name that overrides parameters takes back an adapter that they had.
     */
    public String adapter() {
        return adapter;
    }

    /** How long a request may take, waiting and generating together. */
    public Duration timeout() {
        return timeout;
    }

    /**
     * A regular expression that the whole answer matches: literals, {@code .}, classes, groups, alternatives and quantifiers. Excludes
     * a JSON response format and {@link #guidedChoice()}.
     */
    public String guidedRegex() {
        return guidedRegex;
    }

    /** The answer is one of these texts. Excludes a JSON response format and {@link #guidedRegex()}. */
    public List<String> guidedChoice() {
        return guidedChoice;
    }

    @Override
    public IftChatRequestParameters overrideWith(ChatRequestParameters that) {
        return builder().overrideWith(this).overrideWith(that).build();
    }

    @Override
    public IftChatRequestParameters defaultedBy(ChatRequestParameters that) {
        return builder().overrideWith(that).overrideWith(this).build();
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other)
                && other instanceof IftChatRequestParameters that
                && Objects.equals(seed, that.seed)
                && Objects.equals(minP, that.minP)
                && Objects.equals(repetitionPenalty, that.repetitionPenalty)
                && Objects.equals(adapter, that.adapter)
                && Objects.equals(timeout, that.timeout)
                && Objects.equals(guidedRegex, that.guidedRegex)
                && Objects.equals(guidedChoice, that.guidedChoice);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                super.hashCode(), seed, minP, repetitionPenalty, adapter, timeout, guidedRegex, guidedChoice);
    }

    @Override
    public String toString() {
        return "IftChatRequestParameters{" + super.toString() + ", seed=" + seed + ", minP=" + minP
                + ", repetitionPenalty=" + repetitionPenalty + ", adapter=" + adapter + ", timeout=" + timeout
                + ", guidedRegex=" + guidedRegex + ", guidedChoice=" + guidedChoice + '}';
    }

    /** Parameters that set nothing yet. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects parameters. */
    public static class Builder extends DefaultChatRequestParameters.Builder<Builder> {
        private Long seed;
        private Double minP;
        private Double repetitionPenalty;
        private String adapter;
        private Duration timeout;
        private String guidedRegex;
        private List<String> guidedChoice;

        @Override
        public Builder overrideWith(ChatRequestParameters parameters) {
            super.overrideWith(parameters);
            if (parameters.modelName() != null) {
                adapter = null;
            }
            if (parameters instanceof IftChatRequestParameters that) {
                seed = that.seed != null ? that.seed : seed;
                minP = that.minP != null ? that.minP : minP;
                repetitionPenalty = that.repetitionPenalty != null ? that.repetitionPenalty : repetitionPenalty;
                adapter = that.adapter != null ? that.adapter : adapter;
                timeout = that.timeout != null ? that.timeout : timeout;
                guidedRegex = that.guidedRegex != null ? that.guidedRegex : guidedRegex;
                guidedChoice = that.guidedChoice != null ? that.guidedChoice : guidedChoice;
            }
            return this;
        }

        /** See {@link IftChatRequestParameters#seed()}. */
        public Builder seed(Long seed) {
            this.seed = seed;
            return this;
        }

        /** See {@link IftChatRequestParameters#minP()}. */
        public Builder minP(Double minP) {
            this.minP = minP;
            return this;
        }

        /** See {@link IftChatRequestParameters#repetitionPenalty()}. */
        public Builder repetitionPenalty(Double repetitionPenalty) {
            this.repetitionPenalty = repetitionPenalty;
            return this;
        }

        /** See {@link IftChatRequestParameters#adapter()}. */
        public Builder adapter(String adapter) {
            this.adapter = adapter;
            return this;
        }

        /** See {@link IftChatRequestParameters#timeout()}. */
        public Builder timeout(Duration timeout) {
            this.timeout = timeout;
            return this;
        }

        /** See {@link IftChatRequestParameters#guidedRegex()}. */
        public Builder guidedRegex(String guidedRegex) {
            this.guidedRegex = guidedRegex;
            return this;
        }

        /** See {@link IftChatRequestParameters#guidedChoice()}. */
        public Builder guidedChoice(List<String> guidedChoice) {
            this.guidedChoice = guidedChoice;
            return this;
        }

        @Override
        public IftChatRequestParameters build() {
            return new IftChatRequestParameters(this);
        }
    }
}
