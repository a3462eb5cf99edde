package io.github.ift4j.jlama.runtime;

import com.google.common.base.Preconditions;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * A shared arena for weights and activations. On Linux it takes large pieces of memory from chunks that ask for huge pages
 * ({@code madvise(2)}), because a product walks over more 4 KiB pages than a processor can keep the addresses of; elsewhere, and where
 * the system has none to give, it is ordinary memory.
 */
public final class HugePageArena implements Arena {
    private static final long HUGE_PAGE = 2L << 20;
    /** Smaller pieces are ordinary memory: a huge page for each small model would cost more than it brings. */
    private static final long LARGE_FROM = HUGE_PAGE / 4;
    /** What is mapped at a time; only pages that were written to take memory. */
    private static final long CHUNK = 16 * HUGE_PAGE;

    private final Arena owner = Arena.ofShared();
    private MemorySegment chunk = MemorySegment.NULL;
    private long used;

    /** An arena without memory. */
    public HugePageArena() {}

    @Override
    public synchronized MemorySegment allocate(long bytes, long alignment) {
        if (!Linux.AVAILABLE || bytes < LARGE_FROM || alignment > HUGE_PAGE) {
            return owner.allocate(bytes, alignment);
        }
        Preconditions.checkState(scope().isAlive(), "the arena is closed");
        Preconditions.checkArgument(
                Long.bitCount(alignment) == 1, "the alignment must be a power of two, was %s", alignment);
        if (bytes > CHUNK / 2) {
            return map(bytes).asSlice(0, bytes);
        }
        long start = (used + alignment - 1) / alignment * alignment;
        if (start + bytes > chunk.byteSize()) {
            chunk = map(CHUNK);
            start = 0;
        }
        used = start + bytes;
        return chunk.asSlice(start, bytes);
    }

    @Override
    public MemorySegment.Scope scope() {
        return owner.scope();
    }

    @Override
    public void close() {
        owner.close();
    }

    /** A mapping that begins at a huge page and is given back when the arena is closed. */
    @SuppressWarnings("restricted") // the length is what was mapped
    private MemorySegment map(long bytes) {
        long length = Math.addExact(bytes, HUGE_PAGE);
        long start = Linux.map(length);
        long first = Math.ceilDiv(start, HUGE_PAGE) * HUGE_PAGE;
        try {
            return MemorySegment.ofAddress(first).reinterpret(bytes, owner, closed -> Linux.unmap(start, length));
        } catch (IllegalStateException alreadyClosed) {
            Linux.unmap(start, length);
            throw alreadyClosed;
        }
    }

    /** The system's calls, with constants that are the same for x86-64 and AArch64. */
    private static final class Linux {
        static final boolean AVAILABLE =
                System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux");

        private static final int READ_AND_WRITE = 3;
        private static final int PRIVATE_AND_ANONYMOUS = 0x22;
        private static final int HUGE_PAGES = 14;
        private static final long FAILED = -1;

        private static final MethodHandle MMAP = find(
                "mmap",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG));
        private static final MethodHandle MADVISE = find(
                "madvise",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
        private static final MethodHandle MUNMAP = find(
                "munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

        private Linux() {}

        @SuppressWarnings("restricted") // the types are those of the manual pages
        private static MethodHandle find(String name, FunctionDescriptor type) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
        }

        static long map(long length) {
            try {
                long start = (long) MMAP.invokeExact(0L, length, READ_AND_WRITE, PRIVATE_AND_ANONYMOUS, -1, 0L);
                if (start == FAILED) {
                    throw new OutOfMemoryError("the system has no " + length + " bytes of memory to give");
                }
                // A kernel without huge pages refuses, and gives ordinary ones.
                int refused = (int) MADVISE.invokeExact(start, length, HUGE_PAGES);
                return start;
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        static void unmap(long start, long length) {
            try {
                int failed = (int) MUNMAP.invokeExact(start, length);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }
}
