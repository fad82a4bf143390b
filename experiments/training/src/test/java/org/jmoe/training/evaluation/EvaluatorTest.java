package org.jmoe.training.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.Packing;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.DataKeys;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenWriter;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.MoeExperts;
import org.jmoe.io.OffHeap;
import org.jmoe.layer.MoeLayer;
import org.jmoe.metrics.LoadReport;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.training.TinyTraining;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EvaluatorTest {
  @TempDir Path folder = Path.of("");

  @Test
  void scoresEveryTokenOnce() {
    try (TinyTraining tiny = new TinyTraining(folder, "model.dropout=0.5")) {
      double sum = 0;
      long tokens = 0;
      for (long i = 0; i < tiny.held.perPass(); i++) {
        try (Batch batch = tiny.held.ofPass(i);
            NDManager scope = tiny.manager.newSubManager()) {
          sum += nats(tiny, batch, scope);
          tokens += batch.tokens();
        }
      }
      int before = tiny.manager.getManagedArrays().size();
      Evaluation found = tiny.evaluator().run(Long.MAX_VALUE);
      assertEquals(before, tiny.manager.getManagedArrays().size(), "leaked arrays");
      assertEquals(tokens, found.tokens());
      assertEquals(sum / tokens, found.nats(), 1e-5);
      assertEquals(found, tiny.evaluator().run(tiny.held.perPass()), "not repeatable");
    }
  }

  /** Returns the cross-entropy of a batch, computed in double precision. */
  private static double nats(TinyTraining tiny, Batch batch, NDManager scope) {
    NDArray logits =
        tiny.model.logits(new ParameterStore(scope, false), batch.inputs(scope), null, null, false);
    float[] values = logits.toFloatArray();
    int vocabulary = tiny.config.model().vocabulary();
    double sum = 0;
    for (int t = 0; t < batch.tokens(); t++) {
      double total = 0;
      for (int v = 0; v < vocabulary; v++) {
        total += Math.exp(values[t * vocabulary + v]);
      }
      sum += Math.log(total) - values[t * vocabulary + (int) batch.target(t)];
    }
    return sum;
  }

  /** Domains and splits differ in bytes per token; separators have no text. */
  @Test
  void bitsPerByteUsesTheBytesOfScoredTokens() {
    Path file = folder.resolve("bytes.arrow");
    Map<String, String> metadata =
        Map.of(DataKeys.VOCABULARY, "16", DataKeys.SEPARATOR, "15", DataKeys.TOKENIZER, "some");
    try (TokenWriter writer = new TokenWriter(file, true, metadata)) {
      for (int row = 0; row < 40; row++) {
        int[] ids = new int[2 + row % 5];
        java.util.Arrays.fill(ids, row % 2); // id 0 in domain a, id 1 in domain b
        writer.add(ids, row % 2 == 0 ? "a" : "b", row >= 20);
      }
      // 20 rows per split, 40 tokens per domain in each.
      writer.finish(
          Map.of(
              DataKeys.TEXT_BYTES,
              "{\"a\":{\"train\":40,\"validation\":80},\"b\":{\"train\":400,\"validation\":200}}"));
    }
    try (TinyTraining tiny = new TinyTraining(folder);
        BufferAllocator allocator = OffHeap.allocator();
        TokenCorpus corpus = TokenCorpus.load(TokenData.open(file), allocator)) {
      Batches held =
          Batches.sequential(Packing.of(corpus.split(0.5, 0).validation(), 16), 2, allocator);
      List<Double> targets = new ArrayList<>(); // bytes per position, domain by domain
      for (int domain = 0; domain < 2; domain++) {
        for (int row = 20 + domain; row < 40; row += 2) {
          int length = 2 + row % 5;
          double text = (domain == 0 ? 2 : 5) * length;
          targets.addAll(Collections.nCopies(length + 1, text / (length + 1)));
        }
      }
      int scored =
          (targets.size() - 1) / 16 * 16; // all but the first token and an incomplete window
      double bytes = targets.subList(1, scored + 1).stream().mapToDouble(Double::doubleValue).sum();
      Evaluation found = new Evaluator(tiny.model, tiny.manager, held, 2).run(Long.MAX_VALUE);
      assertEquals(bytes, found.textBytes(), 1e-9);
      assertEquals(
          found.nats() * found.tokens() / Math.log(2) / bytes,
          Objects.requireNonNull(found.bitsPerByte()),
          1e-9);
      assertNull(tiny.evaluator().run(1).bitsPerByte(), "synthetic data have no text");
    }
  }

  @Test
  void countsExpertLoadPerDomain() {
    try (TinyTraining tiny = new TinyTraining(folder)) {
      Evaluation found = tiny.evaluator().run(Long.MAX_VALUE);
      assertEquals(List.of("model/layers/1/moe"), List.copyOf(found.layers().keySet()));
      LoadReport load = found.layers().values().iterator().next();
      assertEquals(2 * found.tokens(), load.total());
      assertEquals(0, load.droppedShare());
      assertEquals(2, load.byDomain().size());
      ImmutableLongArray first = load.byDomain().get(0);
      ImmutableLongArray second = load.byDomain().get(1);
      for (int e = 0; e < load.experts(); e++) {
        assertEquals(load.choices().get(e), first.get(e) + second.get(e));
      }
      assertTrue(first.stream().sum() > 0 && second.stream().sum() > 0);
    }
  }

  /** Layers inside experts see only the tokens of their expert, so domains are unknown. */
  @Test
  void hierarchicalExpertsAreEvaluated() {
    MoeLayer.Spec inner =
        new MoeLayer.Spec(2, TopKRouter.Spec.of(1), FeedForwardExperts.Spec.relu(4));
    RunConfig smoke = Presets.named("smoke").config();
    MoeLayer.Spec outer = new MoeLayer.Spec(4, TopKRouter.Spec.of(2), new MoeExperts.Spec(inner));
    String expert =
        TinyRuns.json()
            .write(smoke.withModel(smoke.model().withMoe(outer)))
            .at("/model/layers/0/blocks/0/moe/expert")
            .toString();
    try (TinyTraining tiny = new TinyTraining(folder, "model.moe.expert=" + expert)) {
      Evaluation found = tiny.evaluator().run(Long.MAX_VALUE);
      assertEquals(5, found.layers().size());
      long inside =
          found.layers().entrySet().stream()
              .filter(layer -> MoeLayer.isInsideExpert(layer.getKey()))
              .mapToLong(layer -> layer.getValue().total())
              .sum();
      assertEquals(2 * found.tokens(), inside);
    }
  }

  @Test
  void fewerBatchesAreSpreadOverTheData() {
    try (TinyTraining tiny = new TinyTraining(folder)) {
      assertTrue(tiny.held.perPass() > 4);
      Evaluation found = tiny.evaluator().run(4);
      assertEquals(4 * 4 * 16, found.tokens());
      // The first batches all belong to one domain.
      LoadReport load = found.layers().values().iterator().next();
      assertTrue(load.byDomain().stream().allMatch(d -> d.stream().sum() > 0));
    }
  }
}
