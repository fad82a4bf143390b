package org.jmoe.models.hub;

import org.jmoe.io.DataFormatException;

/** Checks an output matrix that is stored although the configuration ties it to the embedding. */
final class TiedHead {
  private static final int CHUNK_BYTES = 16 << 20;

  private TiedHead() {}

  /** Rejects an output matrix that differs from the embedding, because the intent is unclear. */
  static void requireEqual(HubTensors tensors) {
    HubTensors.Located head = tensors.find("lm_head.weight");
    HubTensors.Located embedding = tensors.find("model.embed_tokens.weight");
    long size = head.entry().end() - head.entry().begin();
    boolean equal =
        head.entry().shape().equals(embedding.entry().shape())
            && head.entry().type() == embedding.entry().type();
    for (long at = 0; equal && at < size; at += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, size - at);
      equal =
          head.tensors()
              .bytes("lm_head.weight", at, length)
              .equals(embedding.tensors().bytes("model.embed_tokens.weight", at, length));
    }
    if (!equal) {
      throw new DataFormatException(
          head.file(),
          "contains tensor 'lm_head.weight', which differs from 'model.embed_tokens.weight'"
              + " although config.json has tie_word_embeddings = true; remove one of them");
    }
  }
}
