package org.jmoe.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jmoe.block.Norm;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GeneratorTest {
  private static final Sampling FREE = new Sampling(1, 0, 1, 1);

  @RegisterExtension final BatchScope scope = new BatchScope();

  /** Includes generation past the context of 7, which restarts from the later half. */
  @ParameterizedTest
  @CsvSource({"false, 1", "false, 7", "false, 10", "true, 3"})
  void cachedGenerationEqualsRecomputation(boolean learned, int promptLength) {
    LanguageModel model = model(learned);
    List<Integer> prompt =
        IntStream.range(0, promptLength).map(i -> (i * 3 + 1) % 7).boxed().toList();
    List<Integer> found =
        new Generator(model, scope.manager(), Sampling.greedy())
            .generate(prompt, 20, 0, token -> {});
    assertEquals(recomputed(model, prompt, 20), found);
  }

  /** Generates each token from the logits of the full context. */
  private List<Integer> recomputed(LanguageModel model, List<Integer> prompt, int count) {
    List<Integer> text = new ArrayList<>(prompt);
    int seen = Math.min(prompt.size(), TinySpecs.CONTEXT);
    for (int i = 0; i < count; i++) {
      List<Integer> context = text.subList(text.size() - seen, text.size());
      text.add(best(model, context));
      seen = seen == TinySpecs.CONTEXT ? TinySpecs.CONTEXT / 2 : seen + 1;
    }
    return text.subList(prompt.size(), text.size());
  }

  private int best(LanguageModel model, List<Integer> context) {
    NDArray ids =
        scope
            .manager()
            .create(
                context.stream().mapToLong(Integer::longValue).toArray(),
                new Shape(1, context.size())); // (B, S)
    NDArray logits =
        model.logits(new ParameterStore(scope.manager(), false), ids, null, null, false);
    return (int) logits.get(new NDIndex("0, -1")).argMax().getLong();
  }

  @Test
  void equalSeedsGiveEqualTokens() {
    Generator generator = new Generator(model(false), scope.manager(), FREE);
    List<Integer> heard = new ArrayList<>();
    List<Integer> text = generator.generate(List.of(1), 30, 1, heard::add);
    assertEquals(30, text.size());
    assertEquals(text, heard);
    assertEquals(text, generator.generate(List.of(1), 30, 1, token -> {}));
    assertNotEquals(text, generator.generate(List.of(1), 30, 2, token -> {}));
  }

  @Test
  void aTokenMayEndTheText() {
    Generator generator = new Generator(model(false), scope.manager(), FREE);
    List<Integer> text = generator.generate(List.of(1), 30, 1, token -> {});
    int last = text.get(9);
    List<Integer> ended = generator.generateWhile(List.of(1), 30, 1, token -> token != last);
    assertEquals(text.subList(0, text.indexOf(last) + 1), ended);
  }

  @Test
  void generationDoesNotLeak() {
    Generator generator = new Generator(model(false), scope.manager(), FREE);
    int before = scope.manager().getManagedArrays().size();
    generator.generate(List.of(1, 2), 12, 1, token -> {});
    assertEquals(before, scope.manager().getManagedArrays().size());
  }

  @Test
  void invalidPromptsAreRejected() {
    Generator generator = new Generator(model(false), scope.manager(), FREE);
    assertEquals(
        "the prompt must have at least one token",
        Errors.message(
            IllegalArgumentException.class,
            () -> generator.generate(List.of(), 1, 0, token -> {})));
    assertEquals(
        "token id 7 of the prompt is outside the vocabulary of 7",
        Errors.message(
            IllegalArgumentException.class,
            () -> generator.generate(List.of(1, 7), 1, 0, token -> {})));
  }

  private LanguageModel model(boolean learned) {
    ModelSpec spec = TinySpecs.of(Norm.Kind.RMS, learned, 2, true, false, TinySpecs.moe());
    LanguageModel model = spec.build(Seed.of(8).child("model"));
    model.initialize(scope.manager(), DataType.FLOAT32, new Shape(1, 1));
    return model;
  }
}
