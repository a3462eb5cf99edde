package io.github.ift4j.jlama.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HugePageArenaTest {
    private static final long MEGABYTE = 1 << 20;

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 100, 524_287, 524_288, 16 * MEGABYTE, 16 * MEGABYTE + 1, 70 * MEGABYTE + 3})
    void givesAlignedZerosOfTheSizeAskedFor(long bytes) {
        try (HugePageArena arena = new HugePageArena()) {
            MemorySegment memory = arena.allocate(bytes, 64);
            assertThat(memory.byteSize()).isEqualTo(bytes);
            assertThat(memory.address() % 64).isZero();
            assertThat(memory.mismatch(MemorySegment.ofArray(new byte[(int) bytes])))
                    .as("first byte that is not zero")
                    .isEqualTo(-1);
        }
    }

    @Test
    void piecesDoNotOverlap() {
        try (HugePageArena arena = new HugePageArena()) {
            List<MemorySegment> pieces = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                MemorySegment piece = arena.allocate(MEGABYTE + i * 100L, 64);
                piece.fill((byte) i);
                pieces.add(piece);
            }
            for (int i = 0; i < pieces.size(); i++) {
                MemorySegment piece = pieces.get(i);
                assertThat(piece.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) i);
                assertThat(piece.get(ValueLayout.JAVA_BYTE, piece.byteSize() - 1))
                        .isEqualTo((byte) i);
            }
        }
    }

    @Test
    void memoryIsOutOfReachOnceItIsClosed() {
        HugePageArena arena = new HugePageArena();
        MemorySegment memory = arena.allocate(4 * MEGABYTE, 64);
        arena.close();
        assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> arena.allocate(4 * MEGABYTE, 64)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void moreThanTheSystemHasIsRefused() {
        try (HugePageArena arena = new HugePageArena()) {
            assertThatThrownBy(() -> arena.allocate(1L << 60, 64)).isInstanceOf(OutOfMemoryError.class);
        }
    }
}
