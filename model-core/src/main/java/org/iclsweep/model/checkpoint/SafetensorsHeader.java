package org.iclsweep.model.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The header of a safetensors file: eight bytes of length N (unsigned, little-endian), N bytes of JSON that give each
 * tensor's type, shape and place, then the buffer of all elements. Every limit of the reference implementation is
 * checked before anything of the size that the file claims is allocated.
 *
 * @param tensors by name, in the order of their data
 * @param metadata the free text of {@code __metadata__}
 * @param dataStart position in the file of the buffer's first byte
 * @param fileSize length of the whole file in bytes
 */
record SafetensorsHeader(Map<String, Tensor> tensors, Map<String, String> metadata, long dataStart, long fileSize) {

    /**
     * One tensor's place.
     *
     * @param begin offset of its first byte in the buffer
     * @param end offset after its last byte
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Tensor(StoredType type, long[] shape, long begin, long end) {
        long elements() {
            return (end - begin) / type.bytes();
        }
    }

    /** The greatest length of the JSON in bytes. */
    static final int LENGTH_LIMIT = 100_000_000;

    /** Bytes before the JSON. */
    static final int PREFIX = 8;

    static final String METADATA = "__metadata__";

    /** The native library's own limit; also keeps a hostile header from asking for more than it holds. */
    private static final int RANK_LIMIT = 64;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    SafetensorsHeader {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        metadata = Map.copyOf(metadata);
    }

    /**
     * Reads and checks the header at the start of {@code channel}.
     *
     * @throws CheckpointException naming {@code file} and the tensor for each violation of the format
     * @throws IOException if the channel fails
     */
    static SafetensorsHeader read(Path file, SeekableByteChannel channel) throws IOException {
        Faults faults = new Faults(file);
        long size = channel.size();
        if (size < PREFIX) {
            throw faults.of("is " + size + " bytes long, too short for a safetensors header");
        }
        long length = fill(faults, channel, PREFIX).getLong();
        if (length < 0 || length > LENGTH_LIMIT) {
            if (isPickle(length)) {
                throw CheckpointDirectory.pickled(file);
            }
            throw faults.of("claims a header of " + Long.toUnsignedString(length) + " bytes, more than the limit of "
                    + LENGTH_LIMIT);
        }
        if (length > size - PREFIX) {
            throw faults.of("claims a header of " + length + " bytes, but only " + (size - PREFIX)
                    + " bytes follow: the file is truncated, or not safetensors");
        }
        ByteBuffer json = fill(faults, channel, (int) length);
        if (length == 0 || json.get(0) != '{') {
            throw faults.of("has a header that does not start with '{'");
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        parse(faults, decode(faults, json), tensors, metadata);
        long dataStart = PREFIX + length;
        return new SafetensorsHeader(inOrderOfData(faults, tensors, size - dataStart), metadata, dataStart, size);
    }

    /**
     * Python's pickle begins with 0x80 and its version, 2 to 5; what {@code torch.save} writes now is a zip of them.
     */
    private static boolean isPickle(long firstBytes) {
        boolean zip = (firstBytes & 0xffffffffL) == 0x04034b50;
        long version = firstBytes >> 8 & 0xff;
        return zip || ((firstBytes & 0xff) == 0x80 && version >= 2 && version <= 5);
    }

    /** Makes exceptions that begin with the file's name. */
    private record Faults(Path file) {
        CheckpointException of(String message) {
            return new CheckpointException(file + " " + message);
        }

        CheckpointException of(String tensor, String message) {
            return new CheckpointException(file + ": tensor '" + abbreviated(tensor) + "' " + message);
        }

        private static String abbreviated(String name) {
            return name.length() <= 200 ? name : name.substring(0, 200) + "…";
        }
    }

    private static ByteBuffer fill(Faults faults, SeekableByteChannel channel, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw faults.of("ended while its header was read: it shrank");
            }
        }
        return buffer.flip();
    }

    private static String decode(Faults faults, ByteBuffer json) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(json)
                    .toString();
        } catch (CharacterCodingException e) {
            throw new CheckpointException(faults.file + " has a header that is not UTF-8", e);
        }
    }

    private static void parse(Faults faults, String json, Map<String, Tensor> tensors, Map<String, String> metadata)
            throws IOException {
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals(METADATA)) {
                    parseMetadata(faults, parser, metadata);
                } else {
                    tensors.put(wellFormed(faults, name), parseTensor(faults, name, parser));
                }
            }
            if (parser.nextToken() != null) {
                throw faults.of("has a header with something after its JSON object");
            }
        } catch (JsonProcessingException e) {
            throw new CheckpointException(
                    faults.file + " has a header that is not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static String wellFormed(Faults faults, String name) {
        CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
        if (!encoder.canEncode(name)) {
            throw faults.of("has a tensor name with half a surrogate pair");
        }
        return name;
    }

    private static void parseMetadata(Faults faults, JsonParser parser, Map<String, String> metadata)
            throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw faults.of("has a " + METADATA + " that is not an object of strings");
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw faults.of("has a " + METADATA + " with a value that is not a string");
            }
            metadata.put(key, parser.getText());
        }
    }

    private static Tensor parseTensor(Faults faults, String name, JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw faults.of(name, "is not described by an object");
        }
        StoredType type = null;
        long[] shape = null;
        long[] offsets = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "dtype" -> type = parseType(faults, name, parser);
                case "shape" -> shape = parseNumbers(faults, name, field, parser);
                case "data_offsets" -> offsets = parseNumbers(faults, name, field, parser);
                default -> parser.skipChildren();
            }
        }
        return checked(faults, name, type, shape, offsets);
    }

    private static StoredType parseType(Faults faults, String name, JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw faults.of(name, "has a dtype that is not a string");
        }
        String type = parser.getText();
        return StoredType.named(type)
                .orElseThrow(() -> faults.of(
                        name,
                        (StoredType.isUnsupported(type) ? "has the unsupported dtype " : "has the unknown dtype ")
                                + Faults.abbreviated(type) + "; supported are " + Arrays.toString(StoredType.values())
                                + ": convert it to one of them first"));
    }

    private static long[] parseNumbers(Faults faults, String name, String field, JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw faults.of(name, "has a " + field + " that is not an array");
        }
        long[] numbers = new long[RANK_LIMIT];
        int count = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                throw faults.of(name, "has a " + field + " that does not consist of integers");
            }
            if (count == RANK_LIMIT) {
                throw faults.of(name, "has a " + field + " of more than " + RANK_LIMIT + " numbers");
            }
            numbers[count] = parser.getLongValue();
            if (numbers[count] < 0) {
                throw faults.of(name, "has a negative number in its " + field + ": " + numbers[count]);
            }
            count++;
        }
        return Arrays.copyOf(numbers, count);
    }

    private static Tensor checked(
            Faults faults, String name, @Nullable StoredType type, long @Nullable [] shape, long @Nullable [] offsets) {
        if (type == null || shape == null || offsets == null) {
            throw faults.of(name, "lacks one of dtype, shape and data_offsets");
        }
        if (offsets.length != 2 || offsets[0] > offsets[1]) {
            throw faults.of(name, "has data_offsets that are no [begin, end]: " + Arrays.toString(offsets));
        }
        long expected = bytes(faults, name, type, shape);
        if (offsets[1] - offsets[0] != expected) {
            throw faults.of(
                    name,
                    "has " + (offsets[1] - offsets[0]) + " bytes, but " + type + Arrays.toString(shape) + " takes "
                            + expected);
        }
        return new Tensor(type, shape, offsets[0], offsets[1]);
    }

    private static long bytes(Faults faults, String name, StoredType type, long[] shape) {
        try {
            return type.bytes(shape);
        } catch (ArithmeticException e) {
            throw faults.of(name, "has a shape that overflows: " + type + Arrays.toString(shape));
        }
    }

    /** Checks that the tensors lie one after another and fill the buffer of {@code length} bytes exactly. */
    private static Map<String, Tensor> inOrderOfData(Faults faults, Map<String, Tensor> tensors, long length) {
        List<Map.Entry<String, Tensor>> entries = tensors.entrySet().stream()
                .sorted(Comparator.comparingLong(
                                (Map.Entry<String, Tensor> e) -> e.getValue().begin())
                        .thenComparingLong(e -> e.getValue().end()))
                .toList();
        Map<String, Tensor> ordered = new LinkedHashMap<>();
        long at = 0;
        for (Map.Entry<String, Tensor> entry : entries) {
            Tensor tensor = entry.getValue();
            if (tensor.begin() != at) {
                throw faults.of(
                        entry.getKey(),
                        "begins at byte " + tensor.begin() + " where the one before it ends at " + at + ": "
                                + (tensor.begin() < at ? "they overlap" : "there is a hole"));
            }
            at = tensor.end();
            ordered.put(entry.getKey(), tensor);
        }
        if (at != length) {
            throw faults.of("holds " + length + " bytes of data, but its tensors take " + at
                    + (at > length ? ": the file is truncated" : ": there is something after the last tensor"));
        }
        return ordered;
    }
}
