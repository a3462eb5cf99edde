package io.github.ift4j.jlama.runtime;

/**
 * The JVM's vector API, which Jlama and the kernels need.
 *
 * <p>This class itself does without, so that it can say what is missing. Call {@link #require()} before the first use of a
 * class of Jlama's or of a kernel.
 */
public final class VectorApi {
    /** The flag that makes the vector API available. */
    public static final String FLAG = "--add-modules jdk.incubator.vector";

    private VectorApi() {}

    /**
     * Makes sure that the vector API is there and checks the bounds of its memory accesses, whatever Jlama does later:
     * Jlama's start-up switches these checks off for the whole JVM, and an index error would become memory corruption. Cheap
     * to call again.
     *
     * @throws IllegalStateException when the JVM was started without the flag
     */
    public static void require() {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            throw new IllegalStateException("this JVM was started without the vector API: add the flag " + FLAG
                    + " to the java command (or to JAVA_TOOL_OPTIONS)");
        }
        Pinned.check();
    }

    /** Loaded, and so linked to the vector API, only when it is there. */
    private static final class Pinned {
        static {
            VectorBoundsCheck.pin();
        }

        static void check() {}
    }
}
