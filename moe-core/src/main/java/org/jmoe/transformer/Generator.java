package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import org.jmoe.tensor.NoGrad;
import org.jmoe.transformer.attention.CacheShape;
import org.jmoe.transformer.attention.KvCache;

/** Generates text token by token with a key/value cache. */
public final class Generator {
  private final LanguageModel model;
  private final NDManager manager;
  private final Sampling sampling;

  /** Creates a generator for a causal model; the manager owns the caches. */
  public Generator(LanguageModel model, NDManager manager, Sampling sampling) {
    this.model = model;
    this.manager = manager;
    this.sampling = sampling;
  }

  /**
   * Continues a prompt. When the context is full, generation restarts from the later half of the
   * text, unless the model extrapolates.
   *
   * @param prompt at least one token
   * @param count tokens to generate
   * @param seed of the sampling
   * @param each receives each token when it is sampled
   * @return the generated tokens
   */
  public List<Integer> generate(List<Integer> prompt, int count, long seed, IntConsumer each) {
    return generateWhile(
        prompt,
        count,
        seed,
        token -> {
          each.accept(token);
          return true;
        });
  }

  /**
   * Continues a prompt like {@link #generate} until a token ends it.
   *
   * @param more receives each token when it is sampled; false ends the text after it
   * @return the generated tokens, the last one included
   */
  public List<Integer> generateWhile(
      List<Integer> prompt, int count, long seed, IntPredicate more) {
    Preconditions.checkArgument(!prompt.isEmpty(), "the prompt must have at least one token");
    Preconditions.checkArgument(
        count <= Integer.MAX_VALUE - prompt.size(),
        "cannot generate %s tokens after a prompt of %s: a text has at most %s tokens",
        count,
        prompt.size(),
        Integer.MAX_VALUE);
    for (int id : prompt) {
      Preconditions.checkArgument(
          id >= 0 && id < model.spec().vocabulary(),
          "token id %s of the prompt is outside the vocabulary of %s",
          id,
          model.spec().vocabulary());
    }
    return NoGrad.get(() -> continued(prompt, count, new SplittableRandom(seed), more));
  }

  /**
   * Returns the bytes that generating needs at least: the key/value cache and, while the prompt is
   * read, its logits.
   *
   * @param prompt length of the prompt in tokens
   * @param count tokens to generate
   */
  public double bytes(long prompt, long count) {
    ModelSpec spec = model.spec();
    long positions =
        spec.extrapolates() ? prompt + count : Math.min(spec.context(), prompt + count);
    double cache = 0;
    for (CacheShape layer : spec.cacheShapes()) {
      cache += (double) positions * layer.heads() * (layer.keys() + layer.values());
    }
    double logits = (double) Math.min(positions, prompt) * spec.vocabulary();
    return Float.BYTES * (cache + logits);
  }

  private List<Integer> continued(
      List<Integer> prompt, int count, SplittableRandom random, IntPredicate more) {
    List<Integer> text = new ArrayList<>(prompt);
    int end = prompt.size() + count;
    int trained = model.spec().context();
    int context = model.spec().extrapolates() ? Math.max(trained, end) : trained;
    int window = context;
    while (text.size() < end) {
      List<Integer> unread = text.subList(Math.max(0, text.size() - window), text.size());
      int capacity = Math.min(context, end - text.size() + unread.size());
      try (KvCache cache = model.newCache(manager, 1, capacity)) {
        do {
          int token = sampling.choose(next(unread, cache), text, random);
          text.add(token);
          if (!more.test(token)) {
            return List.copyOf(text.subList(prompt.size(), text.size()));
          }
          unread = List.of(token);
        } while (text.size() < end && cache.length() < context);
      }
      window = Math.max(1, context / 2);
    }
    return List.copyOf(text.subList(prompt.size(), end));
  }

  /** Returns the logits (V) after the last token. */
  private float[] next(List<Integer> tokens, KvCache cache) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray ids =
          scope.create(
              tokens.stream().mapToLong(Integer::longValue).toArray(),
              new Shape(1, tokens.size())); // (1, S)
      NDArray logits =
          model.logits(new ParameterStore(scope, false), ids, null, cache, false); // (1, S, V)
      return logits.get(new NDIndex("0, -1")).toFloatArray();
    }
  }
}
