package org.iclsweep.datasets.pretrained;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A llama checkpoint in GGUF (version 3): metadata and tensors, which are dequantised in float32 and rounded once to
 * float16. Rows of query and key projections are put from the order of interleaved rotary pairs (2 j, 2 j + 1) back
 * into that of half-split pairs (j, j + D/2).
 */
final class GgufFile {
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int BLOCK = 32;
    private static final Map<String, String> PARTS = Map.of(
            "attn_norm", "input_layernorm",
            "ffn_norm", "post_attention_layernorm",
            "attn_q", "self_attn.q_proj",
            "attn_k", "self_attn.k_proj",
            "attn_v", "self_attn.v_proj",
            "attn_output", "self_attn.o_proj",
            "ffn_gate", "mlp.gate_proj",
            "ffn_up", "mlp.up_proj",
            "ffn_down", "mlp.down_proj");
    private static final Map<String, String> TOP = Map.of(
            "token_embd.weight", "model.embed_tokens.weight",
            "output_norm.weight", "model.norm.weight",
            "output.weight", "lm_head.weight");

    /** A tensor: its shape, rows first, its storage type, and its place in the file. */
    private record Entry(String name, int[] shape, int type, long offset) {
        int count() {
            int count = 1;
            for (int size : shape) {
                count *= size;
            }
            return count;
        }

        int width() {
            return shape[shape.length - 1];
        }
    }

    private final ByteBuffer data;
    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final List<Entry> entries = new ArrayList<>();

    private GgufFile(ByteBuffer data) {
        this.data = data;
        if (data.getInt() != 0x46554747 || data.getInt() != 3) {
            throw new IllegalArgumentException("expected a GGUF file of version 3");
        }
        long tensors = data.getLong();
        long fields = data.getLong();
        for (long i = 0; i < fields; i++) {
            String key = string();
            metadata.put(key, value(data.getInt()));
        }
        for (long i = 0; i < tensors; i++) {
            String name = string();
            int[] shape = new int[data.getInt()];
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                shape[axis] = Math.toIntExact(data.getLong());
            }
            entries.add(new Entry(name, shape, data.getInt(), data.getLong()));
        }
    }

    static GgufFile open(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return new GgufFile(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size())
                    .order(ByteOrder.LITTLE_ENDIAN));
        }
    }

    Object value(String key) {
        return metadata.get(key);
    }

    int integer(String key) {
        return ((Number) value(key)).intValue();
    }

    List<?> list(String key) {
        return (List<?>) value(key);
    }

    private String string() {
        byte[] bytes = new byte[Math.toIntExact(data.getLong())];
        data.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private Object value(int type) {
        return switch (type) {
            case 0, 1, 7 -> data.get();
            case 2, 3 -> data.getShort();
            case 4, 5 -> data.getInt();
            case 6 -> data.getFloat();
            case STRING -> string();
            case ARRAY -> {
                int of = data.getInt();
                long count = data.getLong();
                List<Object> values = new ArrayList<>();
                for (long i = 0; i < count; i++) {
                    values.add(value(of));
                }
                yield values;
            }
            case 10, 11 -> data.getLong();
            case 12 -> data.getDouble();
            default -> throw new IllegalArgumentException("no type " + type);
        };
    }

    /** Writes all tensors as float16 under their names in a Hugging Face checkpoint. */
    void writeSafetensors(Path file, int heads, int keyValueHeads) throws IOException {
        long base = (data.position() + BLOCK - 1L) / BLOCK * BLOCK;
        StringBuilder header = new StringBuilder("{\"__metadata__\": {\"format\": \"pt\"}");
        long at = 0;
        for (Entry entry : entries) {
            long end = at + 2L * entry.count();
            header.append(", \"%s\": {\"dtype\": \"F16\", \"shape\": %s, \"data_offsets\": [%d, %d]}"
                    .formatted(name(entry.name()), Arrays.toString(entry.shape()), at, end));
            at = end;
        }
        header.append('}');
        header.append(" ".repeat((8 - header.length() % 8) % 8));
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20);
                DataOutputStream text = new DataOutputStream(out)) {
            text.writeLong(Long.reverseBytes(header.length()));
            text.write(header.toString().getBytes(StandardCharsets.US_ASCII));
            for (Entry entry : entries) {
                int turned = entry.name().endsWith("attn_q.weight")
                        ? heads
                        : entry.name().endsWith("attn_k.weight") ? keyValueHeads : 0;
                text.write(halves(entry, Math.toIntExact(base + entry.offset()), turned));
            }
        }
    }

    private static String name(String name) {
        if (TOP.containsKey(name)) {
            return TOP.get(name);
        }
        String[] parts = name.split("\\.");
        return "model.layers.%s.%s.weight".formatted(parts[1], PARTS.get(parts[2]));
    }

    /** The values as float16; {@code heads} of a projection whose rows are put back, else 0. */
    private byte[] halves(Entry entry, int at, int heads) {
        ByteBuffer halves = ByteBuffer.allocate(2 * entry.count()).order(ByteOrder.LITTLE_ENDIAN);
        int width = entry.width();
        int rows = entry.count() / width;
        float[] values = new float[width];
        for (int row = 0; row < rows; row++) {
            int from = heads == 0 ? row : interleaved(row, rows / heads);
            read(entry, at, from, values);
            for (float value : values) {
                halves.putShort(half(value));
            }
        }
        return halves.array();
    }

    /** The row in the file of a row of half-split pairs, for heads of {@code width} rows. */
    private static int interleaved(int row, int width) {
        int head = row / width;
        int within = row % width;
        int pair = within % (width / 2);
        return head * width + 2 * pair + within / (width / 2);
    }

    private void read(Entry entry, int tensor, int row, float[] values) {
        int blocks = values.length / BLOCK;
        for (int i = 0; i < values.length; i++) {
            int block = row * blocks + i / BLOCK;
            int j = i % BLOCK;
            values[i] = switch (entry.type()) {
                case 0 -> data.getFloat(tensor + 4 * (row * values.length + i));
                case 3 -> q4(tensor + 20 * block, j);
                case 8 -> single(data.getShort(tensor + 34 * block)) * data.get(tensor + 34 * block + 2 + j);
                default -> throw new IllegalArgumentException(entry.name() + ": no storage type " + entry.type());
            };
        }
    }

    /** A weight of a block of Q4_1: scale d, minimum m, 16 bytes with the low nibbles first; w = d q + m. */
    private float q4(int block, int j) {
        int pair = data.get(block + 4 + j % 16) & 0xFF;
        int quantum = j < 16 ? pair & 15 : pair >> 4;
        float product = single(data.getShort(block)) * quantum;
        return product + single(data.getShort(block + 2));
    }

    private static float single(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >> 10 & 31;
        int fraction = half & 0x3FF;
        if (exponent == 0) {
            return Math.copySign(fraction * 0x1p-24f, Float.intBitsToFloat(sign | 0x3F800000));
        }
        return Float.intBitsToFloat(sign | exponent + 112 << 23 | fraction << 13);
    }

    /** The nearest float16, the even one of two; finite and within its range. */
    private static short half(float value) {
        int bits = Float.floatToIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        float size = Math.abs(value);
        if (size < 0x1p-14f) {
            return (short) (sign | (int) Math.rint((double) size * 0x1p24));
        }
        int rest = bits & 0x1FFF;
        int cut = (bits & 0x7FFFFFFF) - (112 << 23) >>> 13;
        boolean up = rest > 0x1000 || rest == 0x1000 && (cut & 1) == 1;
        return (short) (sign | cut + (up ? 1 : 0));
    }
}
