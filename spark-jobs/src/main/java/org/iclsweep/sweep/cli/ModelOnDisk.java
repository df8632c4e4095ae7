package org.iclsweep.sweep.cli;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.iclsweep.datasets.fault.Utf8Text;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.prompt.Piece;
import org.iclsweep.model.prompt.ReadBefore;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.prompt.Tokenizer;
import org.iclsweep.model.prompt.Tokenizers;
import org.iclsweep.model.prompt.WholeText;
import org.jspecify.annotations.Nullable;

/** The checkpoint of a command: its model, and its tokenizer if it has one. */
record ModelOnDisk(
        Checkpoint checkpoint,
        LanguageModel model,
        @Nullable Tokenizer tokenizer,
        boolean specialTokens) implements AutoCloseable {

    /** @param specialTokens true for the special tokens that the tokenizer puts before a text */
    static ModelOnDisk open(Path directory, DataType type, Device device, boolean specialTokens) {
        Checkpoint checkpoint = Checkpoint.open(directory);
        Tokenizer tokenizer = Tokenizers.has(checkpoint) ? Tokenizers.of(checkpoint) : null;
        LanguageModel model = LanguageModel.load(checkpoint, type, device);
        return new ModelOnDisk(checkpoint, model, tokenizer, specialTokens);
    }

    /** The contexts that the model has in its biases. */
    ReadBefore readBefore() {
        return ReadBefore.of(checkpoint.config());
    }

    /** A context and what follows it, read as one. */
    WholeText.Divided divided(Piece context, Piece rest, String what) {
        try {
            return new WholeText(tokenizer, specialTokens, readBefore()).divide(context, rest);
        } catch (IllegalArgumentException e) {
            throw new WrongInputException(what + ": " + e.getMessage());
        }
    }

    /** A text that is to be read by this model's tokenizer. */
    Piece text(String text) {
        if (tokenizer == null) {
            throw new WrongInputException(
                    checkpoint.directory() + ": expected a tokenizer for a text, found none; give token ids");
        }
        return Piece.text(text);
    }

    /** The given ids, all of which are in the vocabulary. */
    TokenSequence tokens(int[] ids, String what) {
        int vocabulary = model.layout().dimensions().vocabulary();
        Arrays.stream(ids).filter(id -> id < 0 || id >= vocabulary).findFirst().ifPresent(id -> {
            throw new WrongInputException(
                    what + ": expected token ids from 0 to " + (vocabulary - 1) + ", found " + id);
        });
        return TokenSequence.of(ids);
    }

    /** The given array of ids. */
    TokenSequence tokens(JsonNode ids, String what) {
        for (JsonNode id : ids) {
            if (!id.isIntegralNumber() || !id.canConvertToInt()) {
                throw new WrongInputException(what + ": expected token ids, found " + id);
            }
        }
        return tokens(new ObjectMapper().convertValue(ids, int[].class), what);
    }

    /**
     * The content of a context's file: UTF-8 text, read unchanged but for a byte order mark, or a .json file with an
     * array of ids.
     */
    Piece contextIn(Path contextFile) throws IOException {
        WrongInputException.requireFile("--context", contextFile);
        try {
            if (!contextFile.toString().endsWith(".json")) {
                return text(Utf8Text.of(contextFile));
            }
            JsonNode ids = new ObjectMapper().readTree(contextFile.toFile());
            if (!ids.isArray()) {
                throw new WrongInputException(
                        contextFile + ": expected an array of token ids, found " + ids.getNodeType());
            }
            return Piece.tokens(tokens(ids, contextFile.toString()));
        } catch (NoSuchFileException | FileNotFoundException e) {
            throw new WrongInputException("--context: expected a file, found none at " + contextFile);
        } catch (CharacterCodingException e) {
            throw new WrongInputException(contextFile + ": expected UTF-8 text, found other bytes");
        } catch (JsonProcessingException e) {
            throw new WrongInputException(contextFile + ": expected JSON: " + e.getOriginalMessage());
        }
    }

    @Override
    public void close() {
        model.close();
        if (tokenizer != null) {
            tokenizer.close();
        }
    }
}
