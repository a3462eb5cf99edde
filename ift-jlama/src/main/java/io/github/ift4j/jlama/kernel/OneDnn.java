package io.github.ift4j.jlama.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;

/**
 * oneDNN on the processor: one engine and a stream, and how many of its own threads it uses. Each of our threads runs products of its own
 * and alone, so that both libraries' threads do not compete for the cores.
 */
final class OneDnn implements AutoCloseable {
    private final dnnl_engine engine = new dnnl_engine();
    private final dnnl_stream stream = new dnnl_stream();

    /**
     * @throws LinkageError when the library is not on the class path or not for this platform
     * @throws IllegalStateException when it cannot be used
     */
    OneDnn() {
        Loader.load(dnnl.class);
        OpenMp.threads();
        check("an engine", dnnl.dnnl_engine_create(engine, dnnl.dnnl_cpu, 0));
        int status = dnnl.dnnl_stream_create(stream, engine, dnnl.dnnl_stream_in_order);
        if (status != dnnl.dnnl_success) {
            dnnl.dnnl_engine_destroy(engine);
        }
        check("a stream", status);
    }

    dnnl_engine engine() {
        return engine;
    }

    dnnl_stream stream() {
        return stream;
    }

    /** @throws IllegalStateException when a call of oneDNN failed; says which */
    static void check(String what, int status) {
        if (status == dnnl.dnnl_success) {
            return;
        }
        String reason = switch (status) {
            case dnnl.dnnl_out_of_memory -> "out of memory";
            case dnnl.dnnl_invalid_arguments -> "invalid arguments";
            case dnnl.dnnl_unimplemented -> "not implemented for this processor";
            default -> "status " + status;
        };
        throw new IllegalStateException("oneDNN failed at " + what + ": " + reason);
    }

    /** Runs something on the calling thread without oneDNN starting threads of its own for it. */
    static void alone(Runnable work) {
        int threads = OpenMp.threads();
        OpenMp.setThreads(1);
        try {
            work.run();
        } finally {
            OpenMp.setThreads(threads);
        }
    }

    @Override
    public void close() {
        dnnl.dnnl_stream_destroy(stream);
        dnnl.dnnl_engine_destroy(engine);
    }

    /** Memory of ours as oneDNN takes it. */
    static final class Address extends Pointer {
        Address(long address) {
            this.address = address;
        }

        static Address of(MemorySegment segment) {
            return new Address(segment.address());
        }
    }

    /** The setting of the calling thread in the OpenMP library that oneDNN was loaded with. */
    @SuppressWarnings("restricted")
    private static final class OpenMp {
        private static final MethodHandle GET;
        private static final MethodHandle SET;

        static {
            SymbolLookup library = SymbolLookup.libraryLookup(libraryName(), Arena.global());
            GET = Linker.nativeLinker()
                    .downcallHandle(
                            library.findOrThrow("omp_get_max_threads"), FunctionDescriptor.of(ValueLayout.JAVA_INT));
            SET = Linker.nativeLinker()
                    .downcallHandle(
                            library.findOrThrow("omp_set_num_threads"),
                            FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
        }

        private static String libraryName() {
            String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
            if (system.contains("win")) {
                return "vcomp140.dll";
            }
            return system.contains("mac") ? "libomp.dylib" : "libgomp.so.1";
        }

        static int threads() {
            try {
                return (int) GET.invokeExact();
            } catch (Throwable e) {
                throw new AssertionError("omp_get_max_threads throws nothing", e);
            }
        }

        static void setThreads(int threads) {
            try {
                SET.invokeExact(threads);
            } catch (Throwable e) {
                throw new AssertionError("omp_set_num_threads throws nothing", e);
            }
        }
    }
}
