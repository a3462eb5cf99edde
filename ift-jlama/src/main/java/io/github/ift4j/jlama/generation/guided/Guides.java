package io.github.ift4j.jlama.generation.guided;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import com.google.common.base.Throwables;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import com.google.common.util.concurrent.UncheckedExecutionException;
import java.util.concurrent.ExecutionException;

/** The guides of a model and the adapters that write as it does, each compiled once; those used last are kept. Thread-safe. */
public final class Guides {
    /** Places of all guides that are kept: about 100 MiB. */
    private static final long MOST_PLACES = 1_000_000;
    /** So that there are at most a hundred. */
    private static final int LEAST_WEIGHT = 10_000;

    private final LoadingCache<Grammar, Guide> guides;

    /** @param vocabulary of the model; asked for when the first guide is */
    public Guides(Supplier<GuideVocabulary> vocabulary) {
        Supplier<GuideVocabulary> once = Suppliers.memoize(vocabulary);
        this.guides = CacheBuilder.newBuilder()
                .maximumWeight(MOST_PLACES)
                .weigher((Grammar grammar, Guide guide) -> LEAST_WEIGHT + guide.size())
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
