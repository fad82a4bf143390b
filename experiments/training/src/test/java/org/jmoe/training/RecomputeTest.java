package org.jmoe.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jmoe.device.NamedDevice;
import org.jmoe.experts.devices.Transport;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.adaptive.ReluRouter;
import org.jmoe.routing.adaptive.RoutingFreeRouter;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.topk.NoisyTopKRouter;
import org.jmoe.routing.topk.RecurrentRouter;
import org.jmoe.tensor.Seed;
import org.jmoe.training.evaluation.Evaluator;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.LowRank;
import org.jmoe.transformer.attention.LatentAttention;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Activation recomputation is bit-exact. */
final class RecomputeTest {
  private static final String DROPOUT = "model.dropout=0.2";
  private static final String TWICE = "training.accumulation=2";
  private static final String RECOMPUTE = "training.recompute=true";

  private static final String WEIGHTS =
      losses(
          "{\"loss\":{\"type\":\"SimilarityPreservation\"},\"coefficient\":0.1}",
          "{\"loss\":{\"type\":\"ExpertRouterCoupling\",\"alpha\":0.5},\"coefficient\":0.1}",
          "{\"loss\":{\"type\":\"OutputOrthogonality\"},\"coefficient\":0.1}",
          "{\"loss\":{\"type\":\"RoutingVariance\"},\"coefficient\":0.1}");
  private static final String LATENT =
      TinyRuns.attention(LatentAttention.Spec.of(2, 8, 4, 4, 6).withQueryRank(5).withBias(true));
  private static final List<String> SINKS =
      List.of(
          "model.attention.sinks=true",
          "model.attention.window=5",
          "model.attention.bias=true",
          "model.attention.outBias=true",
          "model.attention.norm=HEAD");

  @TempDir Path folder = Path.of("");

  static Stream<Arguments> configurations() {
    String z = "{\"loss\":{\"type\":\"RouterZ\",\"padding\":\"REMOVED\"},\"coefficient\":0.1}";
    String noisy = TinyRuns.router(NoisyTopKRouter.Spec.of(2));
    return Stream.of(
        Arguments.of("plain", List.of()),
        Arguments.of(
            "dropout everywhere, micro-batches, capacity",
            List.of(
                DROPOUT,
                TWICE,
                "model.moe.expert.dropout=0.3",
                "model.moe.router.capacity.trainFactor=1")),
        Arguments.of(
            "noise and losses of noisy gates",
            List.of(
                noisy,
                DROPOUT,
                losses(
                    "{\"loss\":{\"type\":\"Load\",\"estimate\":\"SHAZEER\",\"form\":\"POPULATION\"},"
                        + "\"coefficient\":0.1}",
                    "{\"loss\":{\"type\":\"Importance\",\"form\":\"POPULATION\",\"sparse\":true},"
                        + "\"coefficient\":0.1}",
                    z))),
        Arguments.of(
            "losses pooled over layers, all of them MoE",
            List.of(
                TinyRuns.moeEverywhere(),
                "model.layers.0.repeat=3",
                losses("{\"loss\":{\"type\":\"PooledBalance\"},\"coefficient\":0.5}", z))),
        Arguments.of(
            "global-batch balance",
            List.of(
                TinyRuns.moeEverywhere(),
                "training.accumulation=3",
                losses("{\"loss\":{\"type\":\"MegatronGlobalBalance\"},\"coefficient\":0.5}"))),
        Arguments.of(
            "losses on the gate, the experts' weights and their outputs",
            List.of(TinyRuns.moeEverywhere(), TWICE, DROPOUT, WEIGHTS)),
        Arguments.of(
            "losses on frozen weights",
            List.of(
                WEIGHTS,
                "training.optimizer.groups=[{\"match\":\"/router/|/experts/\",\"rate\":1,"
                    + "\"decay\":1,\"frozen\":true}]")),
        Arguments.of(
            "losses on weights in bfloat16", List.of(WEIGHTS, "training.precision=BFLOAT16")),
        Arguments.of(
            "ReLU routing with a coefficient shared by layers",
            List.of(
                TinyRuns.moeEverywhere(),
                TWICE,
                TinyRuns.router(new ReluRouter.Spec(2, 0.1, 1.2, Capacity.dropless())),
                losses("{\"loss\":{\"type\":\"AdaptiveL1\"},\"coefficient\":1}"))),
        Arguments.of(
            "recurrent routers",
            List.of(
                TinyRuns.moeEverywhere(),
                "model.layers.0.repeat=3",
                TWICE,
                DROPOUT,
                TinyRuns.router(new RecurrentRouter.Spec(2, 4, Capacity.dropless())))),
        Arguments.of(
            "experts that choose their tokens",
            List.of(
                TinyRuns.moeEverywhere(),
                TWICE,
                "model.moe.expert={\"type\":\"AutonomousExperts\",\"hidden\":6,\"rank\":2}",
                TinyRuns.router(RoutingFreeRouter.Spec.of(0.3)),
                losses(
                    "{\"loss\":{\"type\":\"DensityBalance\",\"experts\":0.5},\"coefficient\":1}"))),
        Arguments.of(
            "bias balancing, no losses",
            List.of(
                "training.losses=[]",
                TinyRuns.router(
                    new DeepSeekV3Router.Spec(
                        2, Groups.none(), true, 1, 0.01, Capacity.dropless())))),
        Arguments.of("dense", List.of("model.moe=null", "training.losses=[]", TWICE)),
        Arguments.of(
            "tied, learned positions",
            List.of(
                "model.tied=true",
                "model.learnedPositions=true",
                "model.attention.rotary=null",
                "model.norm.kind=LAYER",
                TWICE)),
        Arguments.of("output z-loss", List.of("training.outputZLoss=0.1", TWICE)),
        Arguments.of("latent attention", List.of(LATENT, DROPOUT, TWICE)),
        Arguments.of(
            "latent attention in bfloat16", List.of(LATENT, "training.precision=BFLOAT16")),
        Arguments.of("sinks, windows, query norm", and(SINKS, DROPOUT)),
        Arguments.of("sinks in bfloat16", and(SINKS, "training.precision=BFLOAT16")),
        Arguments.of(
            "not tied", List.of("model.tied=false", "training.optimizer.clip=0.01", TWICE)),
        Arguments.of("bfloat16", List.of("training.precision=BFLOAT16", DROPOUT)),
        Arguments.of(
            "frozen parameters",
            List.of(
                TWICE,
                "training.optimizer.groups=[{\"match\":\"/router/|embedding\",\"rate\":1,"
                    + "\"decay\":1,\"frozen\":true}]")));
  }

  private static String losses(String... terms) {
    return "training.losses=[" + String.join(",", terms) + "]";
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("configurations")
  void isBitExact(String name, List<String> changes) {
    try (TinyTraining reference = new TinyTraining(folder, array(changes));
        TinyTraining recomputed = new TinyTraining(folder, array(and(changes, RECOMPUTE)))) {
      assertTrue(recomputed.config.training().recompute());
      assertEquals(reference.train(), recomputed.train());
      assertSame(reference, recomputed);
    }
  }

  private static List<String> and(List<String> changes, String more) {
    return Stream.concat(changes.stream(), Stream.of(more)).toList();
  }

  private static String[] array(List<String> changes) {
    return changes.toArray(String[]::new);
  }

  private static void assertSame(TinyTraining reference, TinyTraining recomputed) {
    assertEquals(4, reference.steps.size());
    for (int step = 0; step < 4; step++) {
      assertEquals(reference.steps.get(step), recomputed.steps.get(step));
    }
    assertEquals(
        List.copyOf(reference.steps.get(0).layers().keySet()),
        List.copyOf(recomputed.steps.get(0).layers().keySet())); // including the order
    assertEquals(reference.evaluations, recomputed.evaluations);
    assertSame(reference.model, recomputed.model);
  }

  private static void assertSame(LanguageModel reference, LanguageModel recomputed) {
    List<Parameter> a = reference.getParameters().values();
    List<Parameter> b = recomputed.getParameters().values();
    for (int i = 0; i < a.size(); i++) {
      assertArrayEquals(
          a.get(i).getArray().toFloatArray(),
          b.get(i).getArray().toFloatArray(),
          a.get(i).getName());
    }
  }

  /** Two replicas, each with its experts sharded over two devices. */
  @Test
  void isBitExactWithReplicasAndShards() {
    List<String> changes = List.of(TWICE, DROPOUT, "model.moe.router.capacity.trainFactor=1");
    List<List<StepReport>> reports = new ArrayList<>();
    for (List<String> all : List.of(changes, and(changes, RECOMPUTE))) {
      try (TinyTraining tiny = new TinyTraining(folder, array(all));
          NDManager first = NDManager.newBaseManager();
          NDManager second = NDManager.newBaseManager()) {
        List<NamedDevice> cpus =
            IntStream.range(0, 4).mapToObj(i -> new NamedDevice("cpu", i)).toList();
        DeviceLayout layout = new DeviceLayout(cpus, 2, Transport.direct());
        List<LanguageModel> models = new ArrayList<>();
        for (int copy = 0; copy < 2; copy++) {
          LanguageModel model =
              layout
                  .on(layout.groups().get(copy), tiny.config.model())
                  .build(Seed.of(1).child("model"));
          model.initialize(copy == 0 ? first : second, DataType.FLOAT32, new Shape(1, 1));
          models.add(model);
        }
        try (Replicas replicas = new Replicas(models, List.of(first, second))) {
          Evaluator evaluator = new Evaluator(models.get(0), first, tiny.held, 2);
          new Trainer(tiny.config.training(), replicas, Seed.of(1), null)
              .train(tiny.batches, evaluator, tiny);
        }
        reports.add(tiny.steps);
      }
    }
    assertEquals(reports.get(0), reports.get(1));
    assertTrue(reports.get(0).get(3).movedBytes().values().stream().allMatch(b -> b > 0));
  }

  /** Low-rank factors of a frozen model, which are not parameters of a layer. */
  @Test
  void isBitExactForLowRankFactors() {
    List<List<StepReport>> reports = new ArrayList<>();
    List<LanguageModel> models = new ArrayList<>();
    try (NDManager manager = NDManager.newBaseManager()) {
      for (String change : List.of("training.recompute=false", RECOMPUTE)) {
        try (TinyTraining tiny = new TinyTraining(folder, TWICE, DROPOUT, change)) {
          LowRank.Spec changes =
              new LowRank.Spec(2, 4, List.of(LowRank.Target.EXPERTS, LowRank.Target.ATTENTION));
          LanguageModel model = tiny.config.model().build(Seed.of(1).child("model"), changes);
          model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
          Evaluator evaluator = new Evaluator(model, manager, tiny.held, 2);
          new Trainer(tiny.config.training(), model, manager, Seed.of(1))
              .train(tiny.batches, evaluator, tiny);
          reports.add(tiny.steps);
          models.add(model);
        }
      }
      assertEquals(reports.get(0), reports.get(1));
      assertSame(models.get(0), models.get(1));
    }
  }

  /** Non-finite values are detected in the first pass, with the same message. */
  @Test
  void failuresHaveTheSameMessage() {
    List<String> messages = new ArrayList<>();
    for (String change : List.of("training.recompute=false", RECOMPUTE)) {
      try (TinyTraining tiny =
          new TinyTraining(
              folder, "training.losses.0.coefficient=1e38", "training.optimizer.clip=0", change)) {
        messages.add(
            String.valueOf(assertThrows(DivergedException.class, tiny::train).getMessage()));
      }
    }
    assertTrue(messages.get(0).contains("; first in model/"), messages.get(0));
    assertEquals(messages.get(0), messages.get(1));
  }
}
