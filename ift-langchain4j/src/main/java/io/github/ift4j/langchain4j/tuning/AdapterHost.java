package io.github.ift4j.langchain4j.tuning;

import io.github.ift4j.langchain4j.IftEngine;
import java.nio.file.Path;

/** Where adapters answer requests. */
@FunctionalInterface
public interface AdapterHost {
    /**
     * Puts an adapter into service under a name, in place of what had it. An answer under way ends on the one that it began with.
     *
     * @param name what requests ask for
     * @param adapter folder of a PEFT adapter
     * @return by what responses name it: {@code IftChatResponseMetadata.modelVersion()}
     * @throws RuntimeException when it cannot be used; what had the name keeps it then
     */
    String swap(String name, Path adapter);

    /** An engine; requests whose model name is that of the adapter are answered by it. */
    static AdapterHost of(IftEngine engine) {
        return (name, adapter) -> engine.loadAdapter(name, adapter).sha256().orElseThrow();
    }
}
