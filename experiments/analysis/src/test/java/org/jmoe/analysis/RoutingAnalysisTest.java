package org.jmoe.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import org.jmoe.analysis.labels.DomainLabels;
import org.jmoe.analysis.labels.PositionLabels;
import org.jmoe.analysis.labels.TokenLabels;
import org.jmoe.analysis.labels.TokenTexts;
import org.jmoe.analysis.trace.Trace;
import org.jmoe.data.batch.Batch;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.MoeExperts;
import org.jmoe.io.arrow.ArrowRead;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.metrics.Specialisation;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.assigned.HashRouter;
import org.jmoe.routing.controls.RandomRouter;
import org.jmoe.routing.soft.DenseSoftRouter;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hash router sends a token to expert {@code id mod 4}, so every answer is known. */
final class RoutingAnalysisTest {
  private static final int EXPERTS = 4;
  private static final int IDS = 16;

  @TempDir Path folder = Path.of("");

  /** Custom labels, computed from the id and the index of a token. */
  private record Planned(String name, ImmutableList<String> labels, Rule rule)
      implements TokenLabels {
    static Planned of(String name, int count, Rule rule) {
      return new Planned(
          name,
          IntStream.range(0, count).mapToObj(i -> "l" + i).collect(ImmutableList.toImmutableList()),
          rule);
    }

    static Planned ofId(String name, int count, LongUnaryOperator rule) {
      return of(name, count, (batch, token) -> rule.applyAsLong(batch.input(token)));
    }

    @Override
    public int of(Batch batch, int token) {
      return (int) rule.of(batch, token);
    }
  }

  private interface Rule {
    long of(Batch batch, int token);
  }

  private static Specialisation measured(RoutingAnalysis found, String name) {
    return found.layers().get(0).specialisations().stream()
        .filter(s -> s.name().equals(name))
        .findFirst()
        .orElseThrow()
        .measured();
  }

  /** Counts per expert and domain by a plain loop. */
  private static long[][] byDomain(Planted planted) {
    long[][] counts = new long[EXPERTS][2];
    for (long i = 0; i < planted.batches().perPass(); i++) {
      try (Batch batch = planted.batches().ofPass(i)) {
        for (int t = 0; t < batch.tokens(); t++) {
          counts[(int) (batch.input(t) % EXPERTS)][batch.domain(t)]++;
        }
      }
    }
    return counts;
  }

  private static double information(long[][] counts) {
    double all = Arrays.stream(counts).flatMapToLong(Arrays::stream).sum();
    double sum = 0;
    for (int e = 0; e < counts.length; e++) {
      for (int l = 0; l < counts[e].length; l++) {
        int label = l;
        double joint = counts[e][l] / all;
        double ofExpert = Arrays.stream(counts[e]).sum() / all;
        double ofLabel = Arrays.stream(counts).mapToLong(row -> row[label]).sum() / all;
        sum += joint == 0 ? 0 : joint * Math.log(joint / (ofExpert * ofLabel));
      }
    }
    return sum;
  }

  @Test
  void hashRouterIsSpecialisedByIdOnly() {
    try (Planted planted = new Planted(folder, HashRouter.Spec.of())) {
      RoutingAnalysis found =
          planted.analyse(
              new DomainLabels(planted.data.domains()),
              Planned.ofId("expert's own", EXPERTS, id -> id % EXPERTS),
              Planned.ofId("id", IDS, id -> id),
              Planned.ofId("some", 2, id -> id < 4 ? id % 2 : -1),
              Planned.of("coin", 2, (b, t) -> Long.bitCount((t * 0x9E3779B97F4A7C15L) >>> 7) % 2),
              new PositionLabels(Planted.SEQUENCE, 4));
      LayerAnalysis layer = found.layers().get(0);
      assertEquals("model/layers/1/moe", layer.layer());
      assertFalse(layer.soft());

      // The label equals the expert: a perfect split.
      Specialisation own = measured(found, "expert's own");
      assertEquals(1, own.purity(), 1e-12);
      assertEquals(1, own.score(), 1e-12);
      // The id determines the expert, so the mutual information is the experts' entropy.
      assertEquals(own.information(), measured(found, "id").information(), 1e-12);

      // Domains, counted by a plain loop.
      long[][] truth = byDomain(planted);
      Specialisation domain = measured(found, "domain");
      for (int e = 0; e < EXPERTS; e++) {
        assertEquals(truth[e][0], domain.counts().get(e).get(0));
        assertEquals(truth[e][1], domain.counts().get(e).get(1));
      }
      assertEquals(information(truth), domain.information(), 1e-12);
      assertTrue(domain.chanceInformation() < 0.002, "chance " + domain.chanceInformation());

      // Labels unrelated to the id carry no more information than permuted ones.
      for (String none : List.of("coin", "position")) {
        Specialisation chance = measured(found, none);
        assertEquals(chance.chanceInformation(), chance.information(), 0.004, none);
        assertEquals(chance.chancePurity(), chance.purity(), 0.03, none);
      }
      // A label of -1 skips the token, here all but the ids 0 to 3.
      assertTrue(
          measured(found, "some").counts().stream().mapToLong(c -> c.stream().sum()).sum()
              < found.tokens() / 2);
      assertEquals(0, layer.gate().plus(layer.gate()).entropy() - layer.gate().entropy(), 1e-12);
    }
  }

  @Test
  void findsTypicalTokens() {
    try (Planted planted = new Planted(folder, HashRouter.Spec.of())) {
      RoutingAnalysis found = planted.analyse();
      LayerAnalysis layer = found.layers().get(0);
      assertEquals(found.tokens(), layer.load().total());
      for (int e = 0; e < EXPERTS; e++) {
        double expected = -Math.log(layer.share(e));
        assertFalse(layer.typical().get(e).isEmpty());
        for (TypicalToken token : layer.typical().get(e)) {
          assertEquals(e, token.id() % EXPERTS);
          assertEquals(token.total(), token.count());
          assertEquals(expected, token.information(), 1e-12);
        }
        for (TokenContext context : layer.contexts().get(e)) {
          assertEquals(e, context.token() % EXPERTS);
          assertEquals(1, context.weight(), 1e-6);
          assertTrue(context.before().length() + context.after().length() < Planted.SEQUENCE);
        }
      }
      assertFalse(layer.hasPairs());
      // All batches together are better balanced than each one.
      assertTrue(layer.batchViolation() >= layer.load().maxViolation());
    }
  }

  /** Two hash experts per token: e and e + 1. */
  @Test
  void countsCoactivatedPairs() {
    RouterSpec two = new HashRouter.Spec(2, ImmutableLongArray.of(), false, Capacity.dropless());
    try (Planted planted = new Planted(folder, two)) {
      LayerAnalysis layer = planted.analyse().layers().get(0);
      assertTrue(layer.hasPairs());
      assertEquals(0, layer.pairs().get(0).get(2));
      assertEquals(0, layer.pairLift(1, 3));
      long tokens = layer.load().tokens();
      for (int e = 0; e < EXPERTS; e++) {
        assertEquals(layer.load().choices().get(e), layer.pairs().get(e).get(e));
        int next = (e + 1) % EXPERTS;
        assertEquals(layer.pairs().get(e).get(next), layer.pairs().get(next).get(e));
        double lift =
            (double) layer.pairs().get(e).get(next)
                * tokens
                / ((double) layer.load().choices().get(e) * layer.load().choices().get(next))
                / (1.0 / 2 * EXPERTS / (EXPERTS - 1)); // of two distinct experts
        assertEquals(lift, layer.pairLift(e, next), 1e-12);
      }
      assertEquals(tokens, layer.load().expertsPerToken().get(2));
    }
  }

  /**
   * Two distinct experts drawn uniformly co-occur at chance level and carry no information about
   * the position.
   */
  @Test
  void randomRouterIsAtChance() {
    RouterSpec random = new RandomRouter.Spec(2, Capacity.dropless());
    try (Planted planted = new Planted(folder, random)) {
      RoutingAnalysis found = planted.analyse(new PositionLabels(Planted.SEQUENCE, 16));
      LayerAnalysis layer = found.layers().get(0);
      double sum = 0;
      int pairs = 0;
      for (int a = 0; a < EXPERTS; a++) {
        for (int b = 0; b < a; b++) {
          assertEquals(1, layer.pairLift(a, b), 0.1);
          sum += layer.pairLift(a, b);
          pairs++;
        }
      }
      assertEquals(1, sum / pairs, 0.005);
      Specialisation position = measured(found, "position");
      assertTrue(
          position.information() < 3 * position.chanceInformation(),
          position.information() + " nats, by chance " + position.chanceInformation());
      assertEquals(found, planted.analyse(new PositionLabels(Planted.SEQUENCE, 16)));
    }
  }

  @Test
  void hashLayersOverlapFully() {
    try (Planted planted = new Planted(folder, HashRouter.Spec.of(), TinyRuns.moeEverywhere())) {
      RoutingAnalysis found = planted.analyse();
      assertEquals(2, found.layers().size());
      assertEquals(1, found.overlaps().size());
      assertEquals(1, found.overlaps().get(0).overlap().agreement());
      assertTrue(found.overlaps().get(0).overlap().chance() < 0.5);
      assertEquals("model/layers/1/moe", found.layer(found.overlaps().get(0).other()).layer());
    }
  }

  @Test
  void expertsAreSimilarToThemselves() {
    try (Planted planted = new Planted(folder, TopKRouter.Spec.of(2))) {
      ExpertSimilarity similarity = planted.analyse().layers().get(0).similarity();
      for (int a = 0; a < EXPERTS; a++) {
        assertEquals(1, similarity.ofWeights(a, a));
        assertEquals(1, similarity.ofOutputs(a, a), 1e-6);
        for (int b = 0; b < a; b++) { // drawn independently
          assertEquals(0, similarity.ofWeights(a, b), 0.1);
          assertEquals(similarity.ofOutputs(b, a), similarity.ofOutputs(a, b), 1e-6);
        }
      }
      assertTrue(Double.isNaN(similarity.ofOutputs(0, EXPERTS)));
    }
  }

  /** If every token uses every expert, weights are counted, in millionths. */
  @Test
  void softLayersCountWeights() {
    try (Planted planted = new Planted(folder, new DenseSoftRouter.Spec())) {
      RoutingAnalysis found =
          planted.analyse(Planned.ofId("id", IDS, id -> id), new PositionLabels(16, 16));
      LayerAnalysis layer = found.layers().get(0);
      assertTrue(layer.soft());
      double share = IntStream.range(0, EXPERTS).mapToDouble(layer::share).sum();
      assertEquals(1, share, 1e-12);
      double tokens = (double) layer.load().total() / LayerAnalysis.MILLIONTHS;
      assertEquals((double) found.tokens(), tokens, 1e-5 * found.tokens());
      assertTrue(layer.load().variation() > 0, "weights are never exactly equal");
      assertEquals(List.of(), found.overlaps());
      assertFalse(layer.hasPairs());
      Specialisation id = measured(found, "id");
      assertTrue(id.information() > 2 * id.chanceInformation(), id.toString());
      assertFalse(layer.typical().get(0).isEmpty());
    }
  }

  /** Layers inside experts see only some tokens, so labels of all tokens do not fit them. */
  @Test
  void skipsLayersInsideExperts() {
    MoeExperts.Spec inner =
        new MoeExperts.Spec(
            new MoeLayer.Spec(2, TopKRouter.Spec.of(1), FeedForwardExperts.Spec.relu(4)));
    try (Planted planted = new Planted(folder, TopKRouter.Spec.of(2), inner)) {
      RoutingAnalysis found = planted.analyse(new PositionLabels(16, 4));
      assertEquals(1, found.layers().size());
      assertEquals(EXPERTS, found.inner().size());
      assertTrue(found.inner().contains("model/layers/1/moe/experts/0"), found.inner().toString());
      ExpertSimilarity similarity = found.layers().get(0).similarity();
      assertTrue(Double.isNaN(similarity.ofWeights(0, 1)), "experts are not a weight stack");
      assertTrue(Math.abs(similarity.ofOutputs(0, 1)) < 1);
      Trace trace =
          Trace.of(
              planted.model, planted.manager, List.of(ImmutableLongArray.of(1, 2, 3)), List.of());
      assertEquals(1, trace.layers().size());
      trace.layers().get(0).tokens().forEach(t -> assertEquals(1, t.total(), 1e-5));
    }
  }

  /** Counting is exact, so a rerun gives equal results. */
  @Test
  void isRepeatableAndReleasesMemory() {
    try (Planted planted = new Planted(folder, SwitchRouter.Spec.of(1.25))) {
      RoutingAnalysis first = planted.analyse(new PositionLabels(16, 4));
      int before = planted.manager.getManagedArrays().size();
      assertEquals(first, planted.analyse(new PositionLabels(16, 4)));
      assertEquals(before, planted.manager.getManagedArrays().size(), "arrays were leaked");
    }
  }

  @Test
  void fewerBatchesAreSpreadOverTheData() {
    try (Planted planted = new Planted(folder, HashRouter.Spec.of())) {
      RoutingAnalysis.Spec some =
          RoutingAnalysis.Spec.of(List.of(new DomainLabels(planted.data.domains()))).withBatches(8);
      RoutingAnalysis found =
          RoutingAnalysis.of(planted.model, planted.manager, planted.batches(), some);
      assertEquals(8 * Planted.SEQUENCE, found.tokens());
      for (int domain = 0; domain < 2; domain++) {
        int label = domain;
        assertTrue(
            measured(found, "domain").counts().stream().mapToLong(c -> c.get(label)).sum() > 0);
      }
      assertThrows(IllegalArgumentException.class, () -> some.withBatches(0));
    }
  }

  @Test
  void writesCountsToTables() throws Exception {
    try (Planted planted = new Planted(folder, HashRouter.Spec.of())) {
      RoutingAnalysis found = planted.analyse(new DomainLabels(planted.data.domains()));
      Path out = Files.createDirectory(folder.resolve("tables"));
      new RoutingTables(out).write(found, TokenTexts.unknown());
      List<Object> counts = ArrowRead.column(out.resolve("labels.arrow"), "count");
      List<Object> experts = ArrowRead.column(out.resolve("labels.arrow"), "expert");
      List<Object> labels = ArrowRead.column(out.resolve("labels.arrow"), "label");
      long[][] truth = byDomain(planted);
      assertEquals(2 * EXPERTS, counts.size());
      for (int row = 0; row < counts.size(); row++) {
        int domain = planted.data.domains().indexOf(labels.get(row));
        int expert = ((Number) Objects.requireNonNull(experts.get(row))).intValue();
        assertEquals(truth[expert][domain], counts.get(row));
      }
      assertEquals(
          List.of(measured(found, "domain").information()),
          ArrowRead.column(out.resolve("specialisation.arrow"), "information"));
      assertEquals(
          List.of((long) EXPERTS), ArrowRead.column(out.resolve("layers.arrow"), "experts"));
      assertEquals(
          "#" + found.layers().get(0).typical().get(0).get(0).id(),
          ArrowRead.column(out.resolve("tokens.arrow"), "text").get(0));
      assertEquals(6, ArrowRead.column(out.resolve("pairs.arrow"), "outputCosine").size());
    }
  }
}
