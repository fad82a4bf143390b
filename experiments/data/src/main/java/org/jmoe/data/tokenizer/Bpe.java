package org.jmoe.data.tokenizer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jmoe.io.AtomicFile;
import org.jmoe.io.Json;

/**
 * A trained byte-level BPE.
 *
 * @param tokens tokens by id, bytes as the characters of GPT-2; id 0 is the separator of documents
 * @param merges merges in the order of training
 */
public record Bpe(ImmutableList<String> tokens, ImmutableList<Pair> merges) {
  /** Token that separates documents. */
  public static final String SEPARATOR = "<|endoftext|>";

  /** The separator and all bytes. */
  public static final int MIN_VOCABULARY = 257;

  /** The ids of two tokens that become one. */
  public record Pair(int left, int right) {}

  /**
   * Trains.
   *
   * @param pieces pieces of text and how often each occurs
   * @param vocabulary number of tokens: the separator, 256 bytes, and one per merge; fewer if no
   *     pair occurs twice
   */
  public static Bpe train(BytePieces pieces, int vocabulary) {
    return BpeTrainer.train(pieces.counts(), vocabulary);
  }

  /** Writes a {@code tokenizer.json} that Hugging Face tokenizers read. */
  public void write(Path file, boolean replace) {
    try (AtomicFile atomic = AtomicFile.create(file, replace)) {
      ByteBuffer text = StandardCharsets.UTF_8.encode(json().toPrettyString() + "\n");
      while (text.hasRemaining()) {
        atomic.channel().write(text);
      }
      atomic.commit();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private ObjectNode json() {
    ObjectNode json = Json.mapper().createObjectNode().put("version", "1.0");
    json.putNull("truncation").putNull("padding");
    ObjectNode separator = json.putArray("added_tokens").addObject();
    separator.put("id", 0).put("content", SEPARATOR).put("single_word", false);
    separator.put("lstrip", false).put("rstrip", false);
    separator.put("normalized", false).put("special", true);
    json.putNull("normalizer");
    byteLevel(json.putObject("pre_tokenizer"), false);
    json.putNull("post_processor");
    byteLevel(json.putObject("decoder"), true);
    ObjectNode model = json.putObject("model").put("type", "BPE").putNull("dropout");
    model.putNull("unk_token").putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
    ObjectNode vocabulary = model.putObject("vocab");
    for (int id = 0; id < tokens.size(); id++) {
      vocabulary.put(tokens.get(id), id);
    }
    var list = model.putArray("merges");
    merges.forEach(pair -> list.add(tokens.get(pair.left()) + " " + tokens.get(pair.right())));
    return json;
  }

  private static void byteLevel(ObjectNode part, boolean prefix) {
    part.put("type", "ByteLevel").put("add_prefix_space", prefix);
    part.put("trim_offsets", true).put("use_regex", true);
  }
}
