package io.github.ift4j.jlama.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;

/**
 * The native library below DJL's tokenizer. It is called directly: DJL's own class looks for cloud metadata over the network
 * before it loads a file.
 */
final class NativeTokenizers {
    private static final String FLAVOR = "RUST_FLAVOR";

    private NativeTokenizers() {}

    /**
     * The library, unpacked and loaded on the first call.
     *
     * @throws IllegalStateException when that is not possible
     */
    static TokenizersLibrary library() {
        if (System.getenv(FLAVOR) == null && System.getProperty(FLAVOR) == null) {
            // Any other flavour is a build for a GPU, which DJL would download.
            System.setProperty(FLAVOR, "cpu");
        }
        try {
            LibUtils.checkStatus();
            return TokenizersLibrary.LIB;
        } catch (EngineException | LinkageError e) {
            throw new IllegalStateException(
                    "the native tokenizers library cannot be loaded on %s %s; it is unpacked into ~/.djl.ai, or where the "
                                    .formatted(System.getProperty("os.name"), System.getProperty("os.arch"))
                            + "environment variable DJL_CACHE_DIR says, which must be writable",
                    e);
        }
    }
}
