package org.jmoe.data.tokenizer;

import java.util.Arrays;

/** A piece of text as token ids, and how often it occurs. */
final class BpeWord {
  /** Receives changes of the number of a pair, {@code left << 32 | right}. */
  interface Changes {
    void add(long pair, long change);
  }

  private final long count;
  private int[] ids;

  BpeWord(int[] ids, long count) {
    this.ids = ids;
    this.count = count;
  }

  static long pair(int left, int right) {
    return (long) left << Integer.SIZE | right;
  }

  /** Reports all pairs. */
  void pairs(Changes changes) {
    for (int i = 0; i + 1 < ids.length; i++) {
      changes.add(pair(ids[i], ids[i + 1]), count);
    }
  }

  /**
   * Replaces a pair from left to right and reports the pairs that vanish and appear next to each
   * replacement, as {@code Word::merge} of Hugging Face tokenizers does; the replaced pair itself
   * is not reported.
   */
  void merge(int left, int right, int merged, Changes changes) {
    int size = 0;
    int[] next = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] == left && i + 1 < ids.length && ids[i + 1] == right) {
        if (size > 0) {
          changes.add(pair(next[size - 1], left), -count);
          changes.add(pair(next[size - 1], merged), count);
        }
        if (i + 2 < ids.length) {
          changes.add(pair(right, ids[i + 2]), -count);
          changes.add(pair(merged, ids[i + 2]), count);
        }
        next[size++] = merged;
        i++;
      } else {
        next[size++] = ids[i];
      }
    }
    ids = Arrays.copyOf(next, size);
  }
}
