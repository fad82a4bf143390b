package org.jmoe.app.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.extension.Extensions;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Seed;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the example programs of the user guide. */
final class LibraryExamplesTest {
  @TempDir Path folder = Path.of("");

  private interface Program {
    void run() throws Exception;
  }

  private static String printed(Program program) throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      program.run();
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8).strip();
  }

  @Test
  void djlTrainerLearns() throws Exception {
    String output = printed(() -> DjlTraining.main(new String[0]));
    assertTrue(output.matches("correct: \\d+ of 512"), output);
    int correct = Integer.parseInt(output.replaceAll("correct: (\\d+) of 512", "$1"));
    assertTrue(correct > 450, output); // 128 for random guesses
  }

  @Test
  void trainsOnCustomDataAndGeneratesText() throws Exception {
    for (int i = 0; i < 60; i++) {
      Path file = folder.resolve("texts/" + (i % 2 == 0 ? "even" : "odd") + "/" + i + ".txt");
      Files.createDirectories(file.getParent());
      Files.writeString(file, (i % 2 == 0 ? "two four six eight " : "one three five ").repeat(20));
    }
    String run = folder.resolve("run").toString();
    String output =
        printed(() -> CustomData.main(new String[] {folder.resolve("texts").toString(), run}));
    assertTrue(
        output.matches("held-out loss: [0-2]\\.\\d\\d nats per token"),
        output); // 5.5 before training
    assertTrue(!printed(() -> GenerateText.main(new String[] {run, "two "})).isBlank());
  }

  @Test
  void tiedExpertsMatchTheirFormulaUnderBothPlans() {
    int dim = 3;
    MoeLayer.Spec spec = new MoeLayer.Spec(2, TopKRouter.Spec.of(2), new TiedExperts.Spec(5));
    try (NDManager manager = NDManager.newBaseManager()) {
      MoeLayer layer = spec.build(dim, Seed.of(1).child("moe"));
      layer.initialize(manager, DataType.FLOAT64, new Shape(1, dim));
      long built =
          layer.getParameters().values().stream().mapToLong(p -> p.getArray().size()).sum();
      assertEquals(spec.parameters(dim), built);
      assertEquals(2 * dim * 5 + 2 * dim, built);
    }
    assertEquals(outputs(Capacity.dropless()), outputs(Capacity.fixed(2)), 1e-12);
  }

  /** Returns the sum of the layer's outputs, after checking it against plain loops. */
  private static double outputs(Capacity capacity) {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray x = manager.create(new double[] {1, -2, 0.5, 0.25, 1, -1}, new Shape(2, 3)); // (T, D)
      NDArray probs = manager.create(new double[] {0.5, 0.5, 0.5, 0.5}, new Shape(2, 2)); // (T, E)
      Routing routing = Routing.topK(probs, probs, 2, capacity, RouterContext.of(true, Seed.of(1)));
      var experts = new TiedExperts.Spec(5).build(3, 2, Seed.of(7));
      experts.initialize(manager, DataType.FLOAT64, new Shape(1, 3));
      var ps = new ai.djl.training.ParameterStore(manager, false);
      NDArray y =
          routing
              .plan()
              .combine(
                  experts.forward(
                      ps, routing.plan().dispatch(x), routing.plan(), false, Seed.of(1))); // (T, D)
      double[] weights =
          experts.getParameters().values().iterator().next().getArray().toDoubleArray(); // (E D H)
      double[] tokens = x.toDoubleArray();
      double expected = 0;
      for (int t = 0; t < 2; t++) {
        for (int e = 0; e < 2; e++) {
          for (int h = 0; h < 5; h++) {
            double hidden = 0;
            double back = 0;
            for (int d = 0; d < 3; d++) {
              hidden += tokens[t * 3 + d] * weights[(e * 3 + d) * 5 + h];
              back += weights[(e * 3 + d) * 5 + h];
            }
            expected += 0.5 * Math.max(0, hidden) * back;
          }
        }
      }
      double sum = y.sum().getDouble();
      assertEquals(expected, sum, 1e-12);
      return sum;
    }
  }

  @Test
  void entropyLossIsZeroWhenBalancedAndLogEForOneExpert() {
    try (NDManager manager = NDManager.newBaseManager()) {
      assertEquals(0, loss(manager, 0.25f, 0.25f, 0.25f, 0.25f), 1e-6);
      assertEquals(Math.log(4), loss(manager, 1, 0, 0, 0), 1e-6);
      // ln 4 - H(1/2, 1/2) = ln 2
      assertEquals(Math.log(2), loss(manager, 0.5f, 0.5f, 0, 0), 1e-6);
    }
  }

  private static double loss(NDManager manager, float... row) {
    NDArray probs = manager.create(row, new Shape(1, row.length)); // (T, E)
    Routing routing =
        Routing.topK(probs, probs, 1, Capacity.dropless(), RouterContext.of(true, Seed.of(1)));
    return new MeanEntropy().of(routing.signals()).getFloat();
  }

  @Test
  void customExpertsAndLossTrainFromJson() throws IOException {
    RunJson json =
        new RunJson(
            Extensions.load()
                .with(ExpertsSpec.class, "TiedExperts", TiedExperts.Spec.class)
                .with(AuxLoss.class, "MeanEntropy", MeanEntropy.class));
    RunConfig config =
        json.read(
            TinyRuns.tree(
                TinyRuns.corpus(folder),
                json,
                "model.moe.expert={\"type\":\"TiedExperts\",\"hidden\":8}",
                "training.losses=[{\"loss\":{\"type\":\"MeanEntropy\"},\"coefficient\":0.1}]"));
    double nats =
        new org.jmoe.training.run.Run(config, json).execute(folder.resolve("run")).validationNats();
    assertTrue(Double.isFinite(nats));
    String text = Files.readString(folder.resolve("run/run.json"));
    assertEquals(
        new TiedExperts.Spec(8),
        json.read(json.parse(folder.resolve("run/run.json")))
            .model()
            .firstMoe()
            .orElseThrow()
            .expert());
    assertTrue(text.contains("MeanEntropy"), text);
  }
}
