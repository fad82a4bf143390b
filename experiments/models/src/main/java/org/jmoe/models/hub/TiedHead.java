package org.jmoe.models.hub;

import org.jmoe.io.DataFormatException;

/** An output matrix that is stored although the configuration says that it is the embedding. */
final class TiedHead {
  private static final int PIECE = 16 << 20;

  private TiedHead() {}

  /** Refuses one that differs, as it is then unclear which is meant. */
  static void requireEqual(HubTensors tensors) {
    HubTensors.Located head = tensors.find("lm_head.weight");
    HubTensors.Located embedding = tensors.find("model.embed_tokens.weight");
    long size = head.entry().end() - head.entry().begin();
    boolean equal =
        head.entry().shape().equals(embedding.entry().shape())
            && head.entry().type() == embedding.entry().type();
    for (long at = 0; equal && at < size; at += PIECE) {
      int length = (int) Math.min(PIECE, size - at);
      equal =
          head.tensors()
              .bytes("lm_head.weight", at, length)
              .equals(embedding.tensors().bytes("model.embed_tokens.weight", at, length));
    }
    if (!equal) {
      throw new DataFormatException(
          head.file(),
          "holds tensor 'lm_head.weight' unlike 'model.embed_tokens.weight', where config.json has"
              + " tie_word_embeddings = true");
    }
  }
}
