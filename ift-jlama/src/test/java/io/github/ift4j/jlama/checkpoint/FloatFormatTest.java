package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FloatFormatTest {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Test
    void everyHalfAndBfloat16SurvivesTheWayThroughFloat32() {
        try (Arena arena = Arena.ofConfined()) {
            int count = 1 << 16;
            MemorySegment source = arena.allocate(count * 2L);
            for (int i = 0; i < count; i++) {
                source.set(SHORT, i * 2L, (short) i);
            }
            for (ElementType type : new ElementType[] {ElementType.F16, ElementType.BF16}) {
                MemorySegment floats = arena.allocate(count * 4L, 4);
                MemorySegment back = arena.allocate(count * 2L);
                FloatFormat.toFloat32(type, source, floats);
                FloatFormat.fromFloat32(floats, type, back);
                for (int i = 0; i < count; i++) {
                    if (!Float.isNaN(floats.getAtIndex(ValueLayout.JAVA_FLOAT, i))) {
                        assertThat(back.get(SHORT, i * 2L)).as("%s %x", type, i).isEqualTo((short) i);
                    }
                }
            }
        }
    }

    @Test
    void bfloat16RoundsToNearestAndToEvenOnATie() {
        Random random = new Random(7);
        for (int i = 0; i < 100_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt() & 0xbfff_ffff);
            float rounded = Float.intBitsToFloat(bfloat16(value) << 16);
            int down = Float.floatToRawIntBits(value) & 0xffff_0000;
            float below = Float.intBitsToFloat(down);
            float above = Float.intBitsToFloat(down + 0x1_0000);
            double toBelow = Math.abs((double) value - below);
            double toAbove = Math.abs((double) above - value);
            float expected = toBelow < toAbove || (toBelow == toAbove && (down & 0x1_0000) == 0) ? below : above;
            assertThat(rounded).as("%s", value).isEqualTo(expected);
        }
        assertThat(bfloat16(Float.intBitsToFloat(0x3f80_8000)))
                .as("tie, even below")
                .isEqualTo((short) 0x3f80);
        assertThat(bfloat16(Float.intBitsToFloat(0x3f81_8000)))
                .as("tie, even above")
                .isEqualTo((short) 0x3f82);
        assertThat(bfloat16(Float.MAX_VALUE)).isEqualTo((short) 0x7f80);
        assertThat(Float.intBitsToFloat(bfloat16(Float.intBitsToFloat(0x7f80_0001)) << 16))
                .isNaN();
    }

    @Test
    void halfRoundsToNearestAndToEvenOnATie() {
        assertThat(half(1 + 0x1p-11f)).as("tie, even below").isEqualTo(1f);
        assertThat(half(1 + 3 * 0x1p-11f)).as("tie, even above").isEqualTo(1 + 0x1p-9f);
        assertThat(half(65519f)).isEqualTo(65504f);
        assertThat(half(65520f)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(half(0x1p-24f)).as("smallest subnormal").isEqualTo(0x1p-24f);
    }

    @Test
    void readsUnalignedDataAcrossBlockBorders() {
        int count = 5000;
        Random random = new Random(3);
        try (Arena arena = Arena.ofConfined()) {
            for (ElementType type :
                    new ElementType[] {ElementType.F16, ElementType.BF16, ElementType.F32, ElementType.F64}) {
                MemorySegment values = arena.allocate(count * 4L, 4);
                for (int i = 0; i < count; i++) {
                    values.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextInt(256) / 64f - 2);
                }
                MemorySegment encoded = arena.allocate(type.bytes(count) + 1, 8).asSlice(1);
                MemorySegment decoded = arena.allocate(count * 4L, 4);
                FloatFormat.fromFloat32(values, type, encoded);
                FloatFormat.toFloat32(type, encoded, decoded);
                assertThat(decoded.mismatch(values)).as("%s", type).isEqualTo(-1);
            }
        }
    }

    @Test
    void findsTheFirstNumberThatIsNotFinite() {
        try (Arena arena = Arena.ofConfined()) {
            int count = 6000;
            MemorySegment floats = arena.allocate(count * 4L, 4);
            floats.setAtIndex(ValueLayout.JAVA_FLOAT, 17, -Float.MAX_VALUE);
            assertThat(FloatFormat.firstNonFinite(floats)).isEqualTo(-1);
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                for (int index : new int[] {count - 1, 2048, 2047, 0}) {
                    floats.setAtIndex(ValueLayout.JAVA_FLOAT, index, bad);
                    assertThat(FloatFormat.firstNonFinite(floats)).isEqualTo(index);
                }
                floats.fill((byte) 0);
            }
        }
    }

    private static short bfloat16(float value) {
        return convert(value, ElementType.BF16);
    }

    private static float half(float value) {
        return Float.float16ToFloat(convert(value, ElementType.F16));
    }

    private static short convert(float value, ElementType type) {
        MemorySegment target = MemorySegment.ofArray(new byte[2]);
        FloatFormat.fromFloat32(MemorySegment.ofArray(new float[] {value}), type, target);
        return target.get(SHORT, 0);
    }
}
