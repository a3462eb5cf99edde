package io.github.ift4j.jlama.generation;

import io.github.ift4j.jlama.decoder.TokenModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A model that notes how many tokens each context is fed in each step, and how many contexts are open. */
final class RecordingModel implements TokenModel {
    private final TokenModel model;
    private final boolean fixed;
    private final Consumer<List<Feed>> before;
    private final List<List<Integer>> steps = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger open = new AtomicInteger();

    /** @param before is told what a step is about to be fed, on the thread that runs it */
    RecordingModel(TokenModel model, boolean fixed, Consumer<List<Feed>> before) {
        this.model = model;
        this.fixed = fixed;
        this.before = before;
    }

    /** Contexts are kept if the model allows it. */
    static RecordingModel of(TokenModel model) {
        return new RecordingModel(model, true, feeds -> {});
    }

    /** For each step the tokens of each of its feeds. */
    List<List<Integer>> steps() {
        return List.copyOf(steps);
    }

    int tokensFed() {
        return steps().stream()
                .mapToInt(step -> step.stream().mapToInt(Integer::intValue).sum())
                .sum();
    }

    int openContexts() {
        return open.get();
    }

    @Override
    public int vocabularySize() {
        return model.vocabularySize();
    }

    @Override
    public int contextLength() {
        return model.contextLength();
    }

    @Override
    public boolean isFixed() {
        return fixed;
    }

    @Override
    public Context newContext() {
        open.incrementAndGet();
        return new CountedContext(model.newContext());
    }

    @Override
    public void step(List<Feed> feeds) {
        steps.add(feeds.stream().map(feed -> feed.tokens().length).toList());
        before.accept(feeds);
        model.step(feeds.stream()
                .map(feed -> new Feed(((CountedContext) feed.context()).context, feed.tokens(), feed.logits()))
                .toList());
    }

    private final class CountedContext implements Context {
        private final Context context;

        CountedContext(Context context) {
            this.context = context;
        }

        @Override
        public int length() {
            return context.length();
        }

        @Override
        public void append(int[] tokens, float[] logits) {
            step(List.of(new Feed(this, tokens, logits)));
        }

        @Override
        public int ahead(int most) {
            return context.ahead(most);
        }

        @Override
        public void truncate(int length) {
            context.truncate(length);
        }

        @Override
        public long bytes() {
            return context.bytes();
        }

        @Override
        public void close() {
            open.decrementAndGet();
            context.close();
        }
    }
}
