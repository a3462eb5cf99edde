package io.github.ift4j.jlama.generation.guided;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import com.google.common.base.Throwables;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import com.google.common.util.concurrent.UncheckedExecutionException;
import java.util.concurrent.ExecutionException;

/** The guides of a model, each compiled once; those used last are kept. Thread-safe. */
public final class Guides {
    private static final int KEPT = 64;

    private final LoadingCache<Grammar, Guide> guides;

    /** @param vocabulary of the model; asked for when the first guide is */
    public Guides(Supplier<GuideVocabulary> vocabulary) {
        Supplier<GuideVocabulary> once = Suppliers.memoize(vocabulary);
        this.guides = CacheBuilder.newBuilder()
                .maximumSize(KEPT)
                .build(CacheLoader.from(grammar -> Guide.of(grammar, once.get())));
    }

    /**
     * The guide of a grammar.
     *
     * @throws IllegalArgumentException as {@link Guide#of}
     */
    public Guide guide(Grammar grammar) {
        try {
            return guides.get(grammar);
        } catch (ExecutionException | UncheckedExecutionException e) {
            Throwables.throwIfUnchecked(e.getCause());
            throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
        }
    }
}
