package org.iclsweep.model.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.iclsweep.model.checkpoint.CheckpointException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each of the refused files has been seen to end the process: SIGABRT in Hugging Face's library, without a message. */
class TokenizerFaultsTest {
    private static final String FILE = """
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,"pre_tokenizer":null,
             "post_processor":null,"decoder":null,
             "model":{"type":"BPE","unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,
                      "vocab":{"a":0,"b":1,"ab":2},"merges":[["a","b"]]}}
            """;

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = '@',
            quoteCharacter = '~',
            value = {
                "'pre_tokenizer':null @ 'pre_tokenizer':{'type':'FixedLength','length':0} @ pre_tokenizer.length: expected at least 1",
                "'normalizer':null @ 'normalizer':{'type':'Precompiled','precompiled_charsmap':'AAAA'} @ normalizer.precompiled_charsmap: expected a whole",
                "'normalizer':null @ 'normalizer':{'type':'Sequence','normalizers':[{'type':'NFC'},{'type':'Replace','pattern':{'Regex':'(a+)+$'},'content':'x'}]} @ normalizer.normalizers[1].pattern.Regex: expected a pattern whose steps",
                "'pre_tokenizer':null @ 'pre_tokenizer':{'type':'Split','pattern':{'Regex':'(a+)+$'},'behavior':'Isolated','invert':false} @ pre_tokenizer.pattern.Regex: expected a pattern whose steps",
                "'decoder':null @ 'decoder':{'type':'Strip','content':'a','start':0,'stop':5} @ decoder.stop: expected 0, found 5",
                "'continuing_subword_prefix':null @ 'continuing_subword_prefix':'####' @ model.merges: expected second parts that begin with",
                "'post_processor':null @ 'post_processor':{'type':'TemplateProcessing','single':[{'SpecialToken':{'id':'x','type_id':0}}],'pair':[],'special_tokens':{}} @ post_processor.single: expected special tokens that special_tokens declares",
            })
    void aFileThatWouldEndTheProcessIsRefusedByKey(String from, String to, String message) throws IOException {
        Path file = written(FILE.replace(from.replace('\'', '"'), to.replace('\'', '"')));
        assertThatThrownBy(() -> HuggingFaceTokenizerFile.read(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(file + ": " + message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a+)+$", "(a|a)*$", "(a|ab|b)*$", "a*a*a*a*$", "a+a+$", "(a*)\\1$", "(?<x>a\\g<x>?b)*$",
                        "(?:a?){30}a{30}",
                "(?:a{1,2})+b", "a{1,2}+b", "(?=a+a+$)b", "((a{1,9})+)*b", "\\s*(?:x|\\s)*$", "(?~a)b", "(*FAIL)",
                        "[^]]+]+\\]*x",
            })
    void aPatternWhoseStepsGrowFasterThanTheTextHasAReasonAgainstIt(String pattern) {
        assertThat(PatternSteps.reasonAgainst(pattern)).isNotEmpty();
    }

    /**
     * Of GPT-2, Llama 3, Qwen 2, o200k, Mistral's tekken, DeepSeek, Kimi, CLIP, BLOOM, T5, SuperBPE, and tiktoken's own
     * form.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                "[\\p{Han}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]+(?i:'s|'t|'re)?",
                "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
                " ?[^(\\s|[.,!?…。，、।۔،])]+",
                " {2,}",
                "^\\s+|\\s+$",
                "\\p{N}{1,3}(?=(?:\\p{N}{3})*(?:\\P{N}|$))",
                "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
                "(?=(\\d{3})+(?!\\d))",
                "[0-9][0-9][0-9]",
                "a{|}b{,}",
                "(a",
            })
    void noPublishedPatternIsRefused(String pattern) {
        assertThat(PatternSteps.reasonAgainst(pattern)).isEmpty();
    }

    @Test
    void aCharacterMapIsReadToItsLastNode() throws IOException {
        String sound = Files.readString(Path.of("src/test/resources/character-map.txt"))
                .strip();
        assertThat(CharacterMap.isSound(sound)).isTrue();
        byte[] map = Base64.getDecoder().decode(sound);
        ByteBuffer bytes = ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN);
        int length = bytes.getInt(0);
        assertThat(isSoundWith(map, 0, length + 4)).as("longer than the units").isFalse();
        assertThat(isSoundWith(map, 0, length * 100)).as("longer than the file").isFalse();
        assertThat(isSoundWith(map, 4, 0xFFFFFE00))
                .as("children beyond the units")
                .isFalse();
        int refused = 0;
        for (int place = 4; place < 4 + length; place += 4) {
            int unit = bytes.getInt(place);
            refused += unit < 0 && !isSoundWith(map, place, 0xFFFFFFFF) ? 1 : 0;
        }
        assertThat(refused).as("values beyond the texts").isPositive();
        Path file = written(FILE.replace(
                "\"normalizer\":null",
                "\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"" + sound + "\"}"));
        try (Tokenizer tokenizer = HuggingFaceTokenizerFile.read(file)) {
            assertThat(tokenizer.encode("ａb")).containsExactly(2);
        }
    }

    private static boolean isSoundWith(byte[] map, int place, int unit) {
        byte[] changed = map.clone();
        ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(place, unit);
        return CharacterMap.isSound(Base64.getEncoder().encodeToString(changed));
    }

    @Test
    void aFileBeyondSixtyFourMebibytesIsRefusedUnread() throws IOException {
        Path file = written(FILE);
        try (RandomAccessFile long500 = new RandomAccessFile(file.toFile(), "rw")) {
            long500.setLength(500L << 20); // a hole, which takes no room
        }
        assertThatThrownBy(() -> HuggingFaceTokenizerFile.read(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(file + ": expected at most 64 MiB, found 500 MiB; use the tokenizer.json of the model");
    }

    private Path written(String json) throws IOException {
        return Files.writeString(directory.resolve("tokenizer.json"), json);
    }
}
