package io.github.ift4j.jlama.checkpoint;

import java.util.Optional;

/** The {@code dtype} of a tensor in a safetensors file: those of the format and the 4-bit blocks that Jlama adds to it. */
public enum ElementType {
    BOOL(8),
    U8(8),
    I8(8),
    U16(16),
    I16(16),
    U32(32),
    I32(32),
    U64(64),
    I64(64),
    F4(4),
    F6_E2M3(6),
    F6_E3M2(6),
    F8_E4M3(8),
    F8_E5M2(8),
    F8_E8M0(8),
    F16(16),
    BF16(16),
    F32(32),
    F64(64),
    C64(64),
    /** Jlama: two weights a byte; their scales are a tensor of their own, with {@code .qb} behind the name. */
    Q4(4);

    private final int bits;

    ElementType(int bits) {
        this.bits = bits;
    }

    /** The type of that exact name. */
    public static Optional<ElementType> named(String name) {
        for (ElementType type : values()) {
            if (type.name().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** Bits an element takes. */
    public int bits() {
        return bits;
    }

    /** Whether the elements are plain floating-point numbers that {@link FloatFormat} turns into float32. */
    public boolean isFloat() {
        return switch (this) {
            case F16, BF16, F32, F64 -> true;
            default -> false;
        };
    }

    /**
     * Bytes that {@code elements} of them take.
     *
     * @throws ArithmeticException when that is more than a long can say, or not a whole number of bytes
     */
    public long bytes(long elements) {
        long total = Math.multiplyExact(elements, (long) bits);
        if (total % 8 != 0) {
            throw new ArithmeticException(elements + " elements of " + this + " do not fill whole bytes");
        }
        return total / 8;
    }
}
