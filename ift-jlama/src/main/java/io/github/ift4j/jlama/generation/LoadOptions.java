package io.github.ift4j.jlama.generation;

import com.google.common.base.Preconditions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How to load a model for answering.
 *
 * @param name what responses call it; without one, the name of the adapter's directory or of the model's
 * @param adapter a directory with a PEFT adapter of the model, if one is to be applied
 * @param draft a directory with a smaller model of the same vocabulary, if one is to propose what the model then verifies: answers stay
 *     what they are and come faster where it is often right
 * @param chatTemplate a file with a chat template that takes precedence over those of the directories
 * @param maxConcurrentRequests most requests that may hold a context at a time, at least 1; more of them wait
 * @param maxQueuedRequests most requests that may wait, at least 0; more of them are refused
 * @param idleContextBytes most memory that contexts of requests that have ended may take, for the next turns of their chats to go on
 *     from, in bytes, at least 0
 */
public record LoadOptions(
        Optional<String> name,
        Optional<Path> adapter,
        Optional<Path> draft,
        Optional<Path> chatTemplate,
        int maxConcurrentRequests,
        int maxQueuedRequests,
        long idleContextBytes) {
    /**
     * The directory's name and template, no adapter, no draft, sixteen requests at a time and 256 that wait, 512 MiB of contexts that
     * wait for a next turn.
     */
    public static final LoadOptions DEFAULTS = new LoadOptions(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            16,
            GenerationEngine.DEFAULT_MAX_QUEUED,
            GenerationEngine.DEFAULT_IDLE_CONTEXT_BYTES);

    private static final String TEMPLATE = "chat_template.jinja";

    public LoadOptions {
        Preconditions.checkArgument(name.isEmpty() || !name.get().isBlank(), "the name of a model must not be blank");
        Preconditions.checkArgument(
                maxConcurrentRequests >= 1, "maxConcurrentRequests must be at least 1, was %s", maxConcurrentRequests);
        Preconditions.checkArgument(
                maxQueuedRequests >= 0, "maxQueuedRequests must be at least 0, was %s", maxQueuedRequests);
        Preconditions.checkArgument(
                idleContextBytes >= 0, "idleContextBytes must be at least 0, was %s", idleContextBytes);
    }

    /** These options with a name. */
    public LoadOptions withName(String newName) {
        return new LoadOptions(
                Optional.of(newName),
                adapter,
                draft,
                chatTemplate,
                maxConcurrentRequests,
                maxQueuedRequests,
                idleContextBytes);
    }

    /** These options with an adapter. */
    public LoadOptions withAdapter(Path directory) {
        return new LoadOptions(
                name,
                Optional.of(directory),
                draft,
                chatTemplate,
                maxConcurrentRequests,
                maxQueuedRequests,
                idleContextBytes);
    }

    /** These options with a draft. */
    public LoadOptions withDraft(Path directory) {
        return new LoadOptions(
                name,
                adapter,
                Optional.of(directory),
                chatTemplate,
                maxConcurrentRequests,
                maxQueuedRequests,
                idleContextBytes);
    }

    /** These options with a chat template. */
    public LoadOptions withChatTemplate(Path file) {
        return new LoadOptions(
                name, adapter, draft, Optional.of(file), maxConcurrentRequests, maxQueuedRequests, idleContextBytes);
    }

    /** These options with another bound on concurrent requests. */
    public LoadOptions withMaxConcurrentRequests(int newMaxConcurrentRequests) {
        return new LoadOptions(
                name, adapter, draft, chatTemplate, newMaxConcurrentRequests, maxQueuedRequests, idleContextBytes);
    }

    /** These options with another bound on waiting requests. */
    public LoadOptions withMaxQueuedRequests(int newMaxQueuedRequests) {
        return new LoadOptions(
                name, adapter, draft, chatTemplate, maxConcurrentRequests, newMaxQueuedRequests, idleContextBytes);
    }

    /** These options with another bound on the memory of contexts that wait for a next turn. */
    public LoadOptions withIdleContextBytes(long newIdleContextBytes) {
        return new LoadOptions(
                name, adapter, draft, chatTemplate, maxConcurrentRequests, maxQueuedRequests, newIdleContextBytes);
    }

    /** The template that takes precedence over the model's own: the given one, else that which the adapter was tuned with. */
    public Optional<Path> templateFile() {
        return chatTemplate.or(
                () -> adapter.map(directory -> directory.resolve(TEMPLATE)).filter(Files::isRegularFile));
    }
}
