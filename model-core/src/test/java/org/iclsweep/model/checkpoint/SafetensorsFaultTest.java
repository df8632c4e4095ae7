package org.iclsweep.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.Models;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are not what they claim: each is a typed error that names the file, and none costs memory. */
@Tag("faults")
class SafetensorsFaultTest {
    @TempDir
    Path directory;

    private Path file(long headerLength, byte[] header, int data) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + data).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(headerLength).put(header);
        return Files.write(directory.resolve("model.safetensors"), bytes.array());
    }

    private Path file(String header, int data) throws IOException {
        byte[] bytes = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return file(bytes.length, bytes, data);
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> SafetensorsReader.open(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }

    @Test
    void aFileWithoutRoomForALengthIsRefused() throws IOException {
        assertRefused(Files.write(directory.resolve("f"), new byte[0]), "0 bytes long, too short");
        assertRefused(Files.write(directory.resolve("g"), new byte[7]), "7 bytes long, too short");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(longs = {Long.MIN_VALUE, -1, Long.MAX_VALUE, 100_000_001})
    void aHeaderLengthBeyondTheLimitIsRefused(long length) throws IOException {
        assertRefused(file(length, "{}".getBytes(StandardCharsets.UTF_8), 0), "more than the limit of 100000000");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"80027d71005801", "800495a60000000000000000", "504b0304000008080000"})
    void aPickleInTheirPlaceIsRefusedWithTheWayToConvertIt(String begin) throws IOException {
        byte[] pickle = Arrays.copyOf(HexFormat.of().parseHex(begin), 64);
        assertRefused(Files.write(directory.resolve("model.safetensors"), pickle), "is a pickled checkpoint");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(longs = {3, 1000, 100_000_000})
    void aHeaderLongerThanTheFileIsRefusedBeforeItIsAllocated(long length) throws IOException {
        assertRefused(file(length, "{}".getBytes(StandardCharsets.UTF_8), 0), "but only 2 bytes follow");
    }

    @Test
    void aHeaderAtTheLimitIsRead() throws IOException {
        byte[] header = new byte[100_000_000];
        Arrays.fill(header, (byte) ' ');
        header[0] = '{';
        header[1] = '}';
        assertThat(SafetensorsReader.open(file(header.length, header, 0)).names())
                .isEmpty();
    }

    @Test
    void aHeaderOfNoBytesIsRefused() throws IOException {
        assertRefused(file(0, new byte[0], 0), "does not start with '{'");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {" {}", "[]", "null", "1", "\ufeff{}"})
    void aHeaderThatDoesNotStartWithABraceIsRefused(String header) throws IOException {
        assertRefused(file(header, 0), "does not start with '{'");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"{", "{]", "{'a'}", "{'a':}", "{'a':{'dtype':'F32'", "{,}", "{nope}"})
    void aHeaderThatIsNotJsonIsRefused(String header) throws IOException {
        assertRefused(file(header, 0), "not valid JSON");
    }

    @Test
    void somethingAfterTheObjectIsRefusedAndSpaceIsNot() throws IOException {
        assertRefused(file("{}{}", 0), "after its JSON object");
        assertThatCode(() -> SafetensorsReader.open(file("{} \n\t ", 0))).doesNotThrowAnyException();
    }

    @Test
    void deepNestingIsRefusedWithoutAStackOverflow() throws IOException {
        String header = "{'__metadata__':{'a':'b'},'t':{'dtype':'F32','extra':" + "[".repeat(100_000);
        assertRefused(file(header, 0), "not valid JSON");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(ints = {0x80, 0xff, 0xc0})
    void aHeaderThatIsNotUtf8IsRefused(int wrong) throws IOException {
        byte[] header =
                "{\"?\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}".getBytes(StandardCharsets.ISO_8859_1);
        header[2] = (byte) wrong;
        assertRefused(file(header.length, header, 1), "not UTF-8");
    }

    @Test
    void halfASurrogatePairInANameIsRefused() throws IOException {
        assertRefused(file("{'\\ud800':{'dtype':'U8','shape':[1],'data_offsets':[0,1]}}", 1), "half a surrogate pair");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "{'t':{'dtype':'U8','shape':[1],'data_offsets':[0,1]},'t':{'dtype':'U8','shape':[1],'data_offsets':[0,1]}}",
                "{'t':{'dtype':'U8','dtype':'U8','shape':[1],'data_offsets':[0,1]}}",
                "{'__metadata__':{},'__metadata__':{},'t':{'dtype':'U8','shape':[1],'data_offsets':[0,1]}}"
            })
    void aKeyThatIsThereTwiceIsRefused(String header) throws IOException {
        assertRefused(file(header, 1), "Duplicate");
    }

    @Test
    void overlappingTensorsAreRefused() throws IOException {
        assertRefused(
                file(
                        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}}",
                        12),
                "tensor 'b' begins at byte 4 where the one before it ends at 8: they overlap");
    }

    @Test
    void aHoleBetweenTensorsIsRefused() throws IOException {
        assertRefused(
                file(
                        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[2],'data_offsets':[12,20]}}",
                        20),
                "tensor 'b' begins at byte 12 where the one before it ends at 8: there is a hole");
        assertRefused(file("{'a':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}}", 12), "there is a hole");
    }

    @Test
    void dataThatNoTensorHoldsIsRefused() throws IOException {
        assertRefused(
                file("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}", 9), "something after the last tensor");
        assertRefused(file("{}", 1), "something after the last tensor");
    }

    @Test
    void tensorsThatGoBeyondTheFileAreRefused() throws IOException {
        assertRefused(file("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}", 7), "truncated");
        assertRefused(
                file("{'a':{'dtype':'F64','shape':[1000000000000],'data_offsets':[0,8000000000000]}}", 8), "truncated");
    }

    @ParameterizedTest(name = "{0} {1}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "[2]|[8,0]|no [begin, end]",
                "[2]|[0]|no [begin, end]",
                "[2]|[0,4,8]|no [begin, end]",
                "[2]|[-8,0]|negative number in its data_offsets: -8",
                "[-2]|[0,8]|negative number in its shape: -2",
                "[-1,-2]|[0,8]|negative number in its shape",
                "[3]|[0,8]|has 8 bytes, but F32[3] takes 12",
                "[1]|[0,8]|has 8 bytes, but F32[1] takes 4",
                "[2]|[0,9]|has 9 bytes",
                "[4611686018427387904]|[0,8]|overflows",
                "[4294967296,4294967296]|[0,0]|overflows",
                "[9223372036854775808]|[0,8]|not valid JSON",
                "[2]|[0,18446744073709551624]|not valid JSON",
                "[2.0]|[0,8]|does not consist of integers",
                "['2']|[0,8]|does not consist of integers",
                "[[2]]|[0,8]|does not consist of integers",
                "[null]|[0,8]|does not consist of integers",
                "2|[0,8]|shape that is not an array",
                "[2]|8|data_offsets that is not an array",
                "null|[0,8]|shape that is not an array"
            })
    void shapesAndOffsetsThatDoNotFitAreRefused(String shape, String offsets, String message) throws IOException {
        String header = "{'t':{'dtype':'F32','shape':" + shape + ",'data_offsets':" + offsets + "}}";
        assertRefused(file(header, 8), message);
    }

    @Test
    void aShapeOfVeryManyDimensionsIsRefused() throws IOException {
        String shape = "1,".repeat(1_000_000) + "1";
        assertRefused(
                file("{'t':{'dtype':'U8','shape':[" + shape + "],'data_offsets':[0,1]}}", 1), "more than 64 numbers");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"F8_E4M3", "F8_E5M2", "F4", "C64", "U16", "U32", "U64"})
    void aTypeOfTheFormatThatIsNotComputedWithIsRefusedBeforeTheNativeLibrarySeesIt(String type) throws IOException {
        assertRefused(
                file("{'w':{'dtype':'" + type + "','shape':[0],'data_offsets':[0,0]}}", 0),
                "tensor 'w' has the unsupported dtype " + type);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"'float32'", "'f32'", "''", "7", "null", "['F32']"})
    void aTypeThatNobodyKnowsIsRefused(String type) throws IOException {
        assertRefused(file("{'w':{'dtype':" + type + ",'shape':[2],'data_offsets':[0,8]}}", 8), "tensor 'w' has ");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "{'t':{}}",
                "{'t':{'dtype':'F32','shape':[2]}}",
                "{'t':{'shape':[2],'data_offsets':[0,8]}}",
                "{'t':{'dtype':'F32','data_offsets':[0,8]}}",
                "{'t':[]}",
                "{'t':null}",
                "{'t':'F32'}"
            })
    void anIncompleteDescriptionIsRefused(String header) throws IOException {
        assertRefused(file(header, 8), "tensor 't' ");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"[]", "{'a':1}", "{'a':null}", "{'a':{}}", "'x'"})
    void metadataThatAreNotStringsAreRefused(String metadata) throws IOException {
        assertRefused(file("{'__metadata__':" + metadata + "}", 0), "__metadata__");
    }

    @Test
    void scalarsAndTensorsOfNoElementsAreFine() throws IOException {
        Path file = file(
                "{'empty':{'dtype':'F32','shape':[3,0],'data_offsets':[0,0]},"
                        + "'scalar':{'dtype':'F32','shape':[],'data_offsets':[0,4],'unknown':[{}]},"
                        + "'end':{'dtype':'U8','shape':[0],'data_offsets':[4,4]}}",
                4);
        SafetensorsReader reader = SafetensorsReader.open(file);
        assertThat(reader.shape("scalar")).isEmpty();
        assertThat(Models.doubles(reader, "scalar")).containsExactly(0);
        assertThat(reader.shape("empty")).containsExactly(3, 0);
        assertThat(Models.doubles(reader, "end")).isEmpty();
        assertThat(reader.names()).containsExactlyInAnyOrder("empty", "scalar", "end");
    }

    @Test
    void aFileThatShrinksAfterItWasOpenedIsATypedError() throws IOException {
        Path file = file("{'t':{'dtype':'F32','shape':[1000],'data_offsets':[0,4000]}}", 4000);
        SafetensorsReader reader = SafetensorsReader.open(file);
        try (RandomAccessFile shrunk = new RandomAccessFile(file.toFile(), "rw")) {
            shrunk.setLength(500);
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThatThrownBy(() -> reader.read(manager, "t", DataType.FLOAT32))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("must not change");
        }
    }

    @Test
    void aFileThatShrinksWhileItIsReadIsATypedError() throws IOException {
        int length = TensorBlocks.BLOCK + 10;
        Path file = directory.resolve("model.safetensors");
        SafetensorsWriter.write(
                file, List.of(TensorEntry.of("t", StoredType.F32, new long[] {length}, new double[length])), Map.of());
        SafetensorsHeader header;
        try (var channel = Files.newByteChannel(file)) {
            header = SafetensorsHeader.read(file, channel);
        }
        try (TensorBlocks blocks =
                TensorBlocks.open(file, header, "t", header.tensors().get("t"))) {
            assertThat(blocks.next()).isTrue();
            try (RandomAccessFile shrunk = new RandomAccessFile(file.toFile(), "rw")) {
                shrunk.setLength(500);
            }
            assertThatThrownBy(blocks::next)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("'t' was read: it shrank");
        }
    }

    @Test
    void aFileThatVanishesIsATypedError() throws IOException {
        Path file = file("{'t':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}", 4);
        SafetensorsReader reader = SafetensorsReader.open(file);
        Files.delete(file);
        assertThatThrownBy(() -> Models.doubles(reader, "t")).isInstanceOf(CheckpointException.class);
        assertThatThrownBy(() -> SafetensorsReader.open(file)).isInstanceOf(CheckpointException.class);
    }

    @Test
    void aTensorOrATypeThatIsNotThereIsNamed() throws IOException {
        SafetensorsReader reader =
                SafetensorsReader.open(file("{'t':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}", 4));
        assertThatThrownBy(() -> reader.shape("u")).hasMessageContaining("no tensor 'u'");
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThatThrownBy(() -> reader.read(manager, "t", DataType.BFLOAT16))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("expected to be read as FLOAT32 or FLOAT64");
        }
    }
}
