package org.jmoe.data.tokenizer;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Byte-pair encoding (Sennrich et al. 2016): merges the most frequent pair of neighbouring tokens
 * until the vocabulary is full. Gives the merges and ids of {@code BpeTrainer} of Hugging Face
 * tokenizers: ties go to the pair of lower ids, and counts are updated as there.
 */
final class BpeTrainer {
  private static final int MIN_COUNT = 2; // of a pair that is merged

  /** A pair to merge in the words that had it when it was queued. */
  private record Merge(long pair, long count, Set<BpeWord> words) {}

  private final Map<String, Integer> ids = new HashMap<>();
  private final List<String> tokens = new ArrayList<>();
  private final ImmutableList.Builder<Bpe.Pair> merges = ImmutableList.builder();
  private final Map<Long, Long> counts = new HashMap<>();
  private final Map<Long, Set<BpeWord>> changed = new HashMap<>();
  private final PriorityQueue<Merge> queue =
      new PriorityQueue<>(
          Comparator.comparingLong(Merge::count).reversed().thenComparingLong(Merge::pair));

  private BpeTrainer() {}

  /** Trains; see {@link Bpe#train}. */
  static Bpe train(Map<String, Long> pieces, int vocabulary) {
    Preconditions.checkArgument(
        vocabulary >= Bpe.MIN_VOCABULARY,
        "vocabulary must be at least %s, for the separator and all bytes, not %s",
        Bpe.MIN_VOCABULARY,
        vocabulary);
    BpeTrainer trainer = new BpeTrainer();
    trainer.id(Bpe.SEPARATOR);
    for (char c : BytePieces.alphabet()) {
      trainer.id(String.valueOf(c));
    }
    pieces.forEach(trainer::add);
    trainer.enqueue();
    trainer.merge(vocabulary);
    return new Bpe(ImmutableList.copyOf(trainer.tokens), trainer.merges.build());
  }

  private int id(String token) {
    return ids.computeIfAbsent(
        token,
        t -> {
          tokens.add(t);
          return tokens.size() - 1;
        });
  }

  private void add(String piece, long count) {
    int[] word = BytePieces.characters(piece).chars().map(c -> id(Character.toString(c))).toArray();
    BpeWord added = new BpeWord(word, count);
    added.pairs((pair, change) -> change(added, pair, change));
  }

  private void change(BpeWord word, long pair, long change) {
    counts.merge(pair, change, Long::sum);
    if (change > 0) {
      changed.computeIfAbsent(pair, p -> new LinkedHashSet<>()).add(word);
    }
  }

  private void enqueue() {
    changed.forEach(
        (pair, words) -> {
          long count = counts.getOrDefault(pair, 0L);
          if (count > 0) {
            queue.add(new Merge(pair, count, words));
          }
        });
    changed.clear();
  }

  private void merge(int vocabulary) {
    while (tokens.size() < vocabulary && !queue.isEmpty()) {
      Merge top = queue.remove();
      long now = counts.getOrDefault(top.pair(), 0L);
      if (now != top.count()) { // changed since it was queued
        queue.add(new Merge(top.pair(), now, top.words()));
        continue;
      }
      if (now < MIN_COUNT) {
        return;
      }
      int left = (int) (top.pair() >>> Integer.SIZE);
      int right = (int) top.pair();
      int merged = id(tokens.get(left) + tokens.get(right));
      merges.add(new Bpe.Pair(left, right));
      for (BpeWord word : top.words()) {
        word.merge(left, right, merged, (pair, change) -> change(word, pair, change));
      }
      enqueue();
    }
  }
}
