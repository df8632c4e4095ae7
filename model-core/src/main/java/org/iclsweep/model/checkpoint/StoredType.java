package org.iclsweep.model.checkpoint;

import ai.djl.ndarray.NDArray;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * The type of a tensor's stored elements, little-endian. They are decoded and encoded here, in Java, because a type
 * that DJL does not know aborts the JVM in the native library.
 */
public enum StoredType {
    /** IEEE 754 binary64. */
    F64(8),
    /** IEEE 754 binary32. */
    F32(4),
    /** IEEE 754 binary16. */
    F16(2),
    /** The upper half of a binary32. */
    BF16(2),
    I64(8),
    I32(4),
    I16(2),
    I8(1),
    U8(1),
    /** One byte, 0 or 1. */
    BOOL(1);

    /** Types of the format that nothing here computes with. */
    private static final Set<String> UNSUPPORTED =
            Set.of("U16 U32 U64 C64 F4 F6_E2M3 F6_E3M2 F8_E5M2 F8_E4M3 F8_E8M0 F8_E5M2FNUZ F8_E4M3FNUZ".split(" "));

    private final int bytes;

    StoredType(int bytes) {
        this.bytes = bytes;
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /**
     * Size of a tensor of {@code shape} in bytes.
     *
     * @throws ArithmeticException if it overflows
     */
    long bytes(long... shape) {
        return Arrays.stream(shape).reduce(bytes, Math::multiplyExact);
    }

    /** True if the elements are floating-point numbers. */
    public boolean isFloatingPoint() {
        return this == F64 || this == F32 || this == F16 || this == BF16;
    }

    /**
     * The type of the elements of {@code array}, the tensor {@code name}.
     *
     * @throws CheckpointException if it is neither FLOAT32 nor FLOAT64
     */
    public static StoredType of(String name, NDArray array) {
        return switch (array.getDataType()) {
            case FLOAT32 -> F32;
            case FLOAT64 -> F64;
            default ->
                throw new CheckpointException(
                        "Tensor '" + name + "' is " + array.getDataType() + ", expected FLOAT32 or FLOAT64");
        };
    }

    /** The type called {@code name} in a safetensors header, if it is one of these. */
    static Optional<StoredType> named(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }

    /** True if {@code name} is a type of the format that this reader does not support. */
    static boolean isUnsupported(String name) {
        return UNSUPPORTED.contains(name);
    }

    /** The next element of {@code source} (little-endian), exact but for I64 beyond 2⁵³. */
    double decode(ByteBuffer source) {
        return switch (this) {
            case F64 -> source.getDouble();
            case F32 -> source.getFloat();
            case F16 -> SmallFloat.HALF.decode(source.getShort());
            case BF16 -> SmallFloat.BFLOAT16.decode(source.getShort());
            case I64 -> source.getLong();
            case I32 -> source.getInt();
            case I16 -> source.getShort();
            case I8 -> source.get();
            case U8 -> Byte.toUnsignedInt(source.get());
            case BOOL -> source.get() == 0 ? 0 : 1;
        };
    }

    /**
     * Appends {@code value} to {@code target} (little-endian), rounded to the nearest, ties to even.
     *
     * @throws CheckpointException if this is a type of integers and {@code value} is not one of its
     */
    void encode(double value, ByteBuffer target) {
        switch (this) {
            case F64 -> target.putDouble(value);
            case F32 -> target.putFloat((float) value);
            case F16 -> target.putShort(SmallFloat.HALF.encode(value));
            case BF16 -> target.putShort(SmallFloat.BFLOAT16.encode(value));
            case I64 -> target.putLong(integer(value, -0x1p53, 0x1p53));
            case I32 -> target.putInt((int) integer(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case I16 -> target.putShort((short) integer(value, Short.MIN_VALUE, Short.MAX_VALUE));
            case I8 -> target.put((byte) integer(value, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case U8 -> target.put((byte) integer(value, 0, 255));
            case BOOL -> target.put((byte) integer(value, 0, 1));
        }
    }

    /** The value of {@code value} after rounding to this type. */
    public double rounded(double value) {
        return switch (this) {
            case F64 -> value;
            case F32 -> (float) value;
            case F16 -> SmallFloat.HALF.decode(SmallFloat.HALF.encode(value));
            case BF16 -> SmallFloat.BFLOAT16.decode(SmallFloat.BFLOAT16.encode(value));
            default -> integer(value, -0x1p53, 0x1p53);
        };
    }

    private long integer(double value, double least, double greatest) {
        if (!(value >= least && value <= greatest) || value != Math.rint(value)) {
            throw new CheckpointException("A value of " + value + " cannot be stored as " + this);
        }
        return (long) value;
    }
}
