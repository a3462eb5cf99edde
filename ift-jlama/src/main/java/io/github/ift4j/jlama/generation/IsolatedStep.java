package io.github.ift4j.jlama.generation;

import io.github.ift4j.jlama.decoder.TokenModel;
import java.util.List;
import java.util.function.ObjIntConsumer;

/** A step of a model that fails only for those who cannot be served: when it fails as a whole, each tries alone. */
final class IsolatedStep {
    private IsolatedStep() {}

    /** @param failed is told why a feed was not fed, and which one, counted from 0 */
    static void run(TokenModel model, List<TokenModel.Feed> feeds, ObjIntConsumer<Throwable> failed) {
        try {
            model.step(feeds);
        } catch (RuntimeException | Error together) {
            if (feeds.size() == 1) {
                failed.accept(together, 0);
                return;
            }
            for (int i = 0; i < feeds.size(); i++) {
                try {
                    model.step(feeds.subList(i, i + 1));
                } catch (RuntimeException | Error alone) {
                    failed.accept(alone, i);
                }
            }
        }
    }
}
