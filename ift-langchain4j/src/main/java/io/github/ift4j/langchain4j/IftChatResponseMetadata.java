package io.github.ift4j.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import io.github.ift4j.jlama.generation.GenerationResult;
import io.github.ift4j.jlama.generation.ModelVersion;
import java.time.Duration;
import java.util.Objects;

/** LangChain4j's metadata of a response, which weights it comes from, and how it came about. */
public class IftChatResponseMetadata extends ChatResponseMetadata {
    private final String modelVersion;
    private final String adapter;
    private final Integer adapterVersion;
    private final Integer reusedTokens;
    private final Integer draftedTokens;
    private final Integer acceptedTokens;
    private final Duration promptTime;
    private final Duration generationTime;

    /** Metadata as the builder says. */
    protected IftChatResponseMetadata(Builder builder) {
        super(builder);
        this.modelVersion = builder.modelVersion;
        this.adapter = builder.adapter;
        this.adapterVersion = builder.adapterVersion;
        this.reusedTokens = builder.reusedTokens;
        this.draftedTokens = builder.draftedTokens;
        this.acceptedTokens = builder.acceptedTokens;
        this.promptTime = builder.promptTime;
        this.generationTime = builder.generationTime;
    }

    /** SHA-256 of what answered, in hexadecimal digits, as {@link ModelVersion#sha256()} says; null for a model from no directory. */
    public String modelVersion() {
        return modelVersion;
    }

    /** The name of the adapter that answered; null without one. */
    public String adapter() {
        return adapter;
    }

    /** The how manieth adapter of its name it was, from 1; 0 for one that was loaded with the model, null without one. */
    public Integer adapterVersion() {
        return adapterVersion;
    }

    /** Number of the prompt's first tokens that did not have to be read, because a request before had left them. */
    public Integer reusedTokens() {
        return reusedTokens;
    }

    /** Number of tokens that a draft has proposed. */
    public Integer draftedTokens() {
        return draftedTokens;
    }

    /** Number of those that the answer took. */
    public Integer acceptedTokens() {
        return acceptedTokens;
    }

    /** How long it took to read the prompt, waiting included. */
    public Duration promptTime() {
        return promptTime;
    }

    /** How long it took to write the answer. */
    public Duration generationTime() {
        return generationTime;
    }

    @Override
    public Builder toBuilder() {
        Builder builder = builder();
        super.toBuilder(builder);
        builder.modelVersion = modelVersion;
        builder.adapter = adapter;
        builder.adapterVersion = adapterVersion;
        builder.reusedTokens = reusedTokens;
        builder.draftedTokens = draftedTokens;
        builder.acceptedTokens = acceptedTokens;
        builder.promptTime = promptTime;
        builder.generationTime = generationTime;
        return builder;
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other)
                && other instanceof IftChatResponseMetadata that
                && Objects.equals(modelVersion, that.modelVersion)
                && Objects.equals(adapter, that.adapter)
                && Objects.equals(adapterVersion, that.adapterVersion)
                && Objects.equals(reusedTokens, that.reusedTokens)
                && Objects.equals(draftedTokens, that.draftedTokens)
                && Objects.equals(acceptedTokens, that.acceptedTokens)
                && Objects.equals(promptTime, that.promptTime)
                && Objects.equals(generationTime, that.generationTime);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                super.hashCode(),
                modelVersion,
                adapter,
                adapterVersion,
                reusedTokens,
                draftedTokens,
                acceptedTokens,
                promptTime,
                generationTime);
    }

    @Override
    public String toString() {
        return "IftChatResponseMetadata{" + super.toString() + ", modelVersion=" + modelVersion + ", adapter=" + adapter
                + ", adapterVersion=" + adapterVersion + ", reusedTokens=" + reusedTokens + ", draftedTokens="
                + draftedTokens + ", acceptedTokens=" + acceptedTokens + ", promptTime=" + promptTime
                + ", generationTime=" + generationTime + '}';
    }

    /** Metadata without content. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects metadata. */
    public static class Builder extends ChatResponseMetadata.Builder<Builder> {
        private String modelVersion;
        private String adapter;
        private Integer adapterVersion;
        private Integer reusedTokens;
        private Integer draftedTokens;
        private Integer acceptedTokens;
        private Duration promptTime;
        private Duration generationTime;

        /** Which weights answered. */
        public Builder version(ModelVersion version) {
            modelVersion = version.sha256().orElse(null);
            adapter = version.adapter().orElse(null);
            adapterVersion = adapter == null ? null : version.number();
            return this;
        }

        /** How the answer came about. */
        public Builder measured(GenerationResult result) {
            reusedTokens = result.reusedTokens();
            draftedTokens = result.draftedTokens();
            acceptedTokens = result.acceptedTokens();
            promptTime = result.promptTime();
            generationTime = result.generationTime();
            return this;
        }

        @Override
        public IftChatResponseMetadata build() {
            return new IftChatResponseMetadata(this);
        }
    }
}
