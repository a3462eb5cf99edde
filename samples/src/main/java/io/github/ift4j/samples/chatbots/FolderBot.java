package io.github.ift4j.samples.chatbots;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.loader.FileSystemDocumentLoader;
import dev.langchain4j.data.document.parser.TextDocumentParser;
import dev.langchain4j.data.document.splitter.DocumentSplitters;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.input.PromptTemplate;
import dev.langchain4j.rag.DefaultRetrievalAugmentor;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.rag.content.injector.DefaultContentInjector;
import dev.langchain4j.rag.content.retriever.EmbeddingStoreContentRetriever;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import dev.langchain4j.store.embedding.EmbeddingStoreIngestor;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import io.github.ift4j.langchain4j.IftChatModel;
import io.github.ift4j.langchain4j.IftEmbeddingModel;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.langchain4j.IftTokenCountEstimator;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * Answers from the {@code .txt} and {@code .md} files of a folder (retrieval-augmented generation): the passages whose vectors are
 * closest to the question's go before it into the prompt. One model makes the vectors and the answer.
 */
public final class FolderBot {
    /** Shares of the context: a passage has at most an eighth, an answer a quarter. */
    private static final int PASSAGES_PER_CONTEXT = 8;

    private static final int ANSWERS_PER_CONTEXT = 4;
    private static final int LONGEST_PASSAGE = 200;
    private static final int LONGEST_ANSWER = 512;
    private static final String FILES = "glob:**.{txt,md}";
    private static final String FILE_NAME = Document.FILE_NAME;

    private final Assistant assistant;

    private FolderBot(Assistant assistant) {
        this.assistant = assistant;
    }

    /**
     * Reads a folder.
     *
     * @param folder with texts, also in folders of it
     * @param passages how many go into a prompt, between 1 and 4
     * @throws IllegalArgumentException when the folder holds no text or {@code passages} is out of range
     */
    public static FolderBot read(IftEngine engine, Path folder, int passages) {
        if (passages < 1 || passages > 4) {
            throw new IllegalArgumentException("passages must be between 1 and 4, was " + passages);
        }
        EmbeddingModel embeddings =
                IftEmbeddingModel.builder().engine(engine).truncate(true).build();
        InMemoryEmbeddingStore<TextSegment> store = new InMemoryEmbeddingStore<>();
        TokenCountEstimator estimator =
                IftTokenCountEstimator.builder().engine(engine).build();
        int longest = Math.min(engine.contextLength() / PASSAGES_PER_CONTEXT, LONGEST_PASSAGE);
        EmbeddingStoreIngestor.builder()
                .documentSplitter(DocumentSplitters.recursive(longest, 0, estimator))
                .embeddingModel(embeddings)
                .embeddingStore(store)
                .build()
                .ingest(documents(folder));
        return new FolderBot(assistant(
                engine,
                EmbeddingStoreContentRetriever.builder()
                        .embeddingStore(store)
                        .embeddingModel(embeddings)
                        .maxResults(passages)
                        .build()));
    }

    /** In the order of their names, so that passages equally close come in the same order everywhere. */
    private static List<Document> documents(Path folder) {
        List<Document> documents = FileSystemDocumentLoader.loadDocumentsRecursively(
                        folder, FileSystems.getDefault().getPathMatcher(FILES), new TextDocumentParser())
                .stream()
                .sorted(Comparator.comparing(document -> document.metadata().getString(FILE_NAME)))
                .toList();
        if (documents.isEmpty()) {
            throw new IllegalArgumentException(folder + " holds no text; put .txt or .md files there");
        }
        return documents;
    }

    private static Assistant assistant(IftEngine engine, EmbeddingStoreContentRetriever retriever) {
        return AiServices.builder(Assistant.class)
                .chatModel(IftChatModel.builder()
                        .engine(engine)
                        .temperature(0.0)
                        .maxOutputTokens(Math.min(engine.contextLength() / ANSWERS_PER_CONTEXT, LONGEST_ANSWER))
                        .build())
                .retrievalAugmentor(DefaultRetrievalAugmentor.builder()
                        .contentRetriever(retriever)
                        .contentInjector(DefaultContentInjector.builder()
                                .promptTemplate(PromptTemplate.from("{{contents}}\n\n{{userMessage}}"))
                                .build())
                        .build())
                .build();
    }

    /** The answer, with the passages that the model read for it. */
    public Reply ask(String question) {
        Result<String> result = assistant.ask(question);
        return new Reply(result.sources().stream().map(FolderBot::passage).toList(), result.content());
    }

    private static Passage passage(Content content) {
        TextSegment segment = content.textSegment();
        return new Passage(
                segment.metadata().getString(FILE_NAME),
                ((Number) content.metadata().get(ContentMetadata.SCORE)).doubleValue(),
                segment.text());
    }

    /** LangChain4j's {@code AiServices} implements it. */
    interface Assistant {
        /** The answer and what it rests on. */
        Result<String> ask(String question);
    }

    /**
     * An answer.
     *
     * @param passages what the model read before it answered, the closest first
     * @param answer what it made of them
     */
    public record Reply(List<Passage> passages, String answer) {
        public Reply {
            passages = List.copyOf(passages);
        }
    }

    /**
     * A piece of a document.
     *
     * @param file name of the document
     * @param score how close it is to the question, between 0 and 1: (1 + cosine of the vectors) / 2
     * @param text what it says
     */
    public record Passage(String file, double score, String text) {}
}
