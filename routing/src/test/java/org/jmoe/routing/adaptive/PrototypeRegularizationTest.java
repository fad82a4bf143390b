package org.jmoe.routing.adaptive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.AuxLoss.Input;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.LossContract;
import org.junit.jupiter.api.Test;

final class PrototypeRegularizationTest extends LossContract {
  private static final int T = 6;
  private static final int N = 3; // experts
  private static final int Z = 2;

  /** Without alignment, whose targets have no gradient by design. */
  @Override
  protected AuxLoss loss() {
    return new PrototypeRegularization(0.5, 0.25, 0);
  }

  /** The three terms of {@code TokenDistributionRouter.forward} with plain loops. */
  @Test
  void diversityDivergenceAndAlignment() {
    NDArray logits = Logits.random(manager(), T, N, 1).abs();
    NDArray latents = Logits.random(manager(), T, 2 * Z, 2);
    NDArray draws = Logits.random(manager(), T, Z, 3);
    NDArray prototypes = Logits.random(manager(), N, Z, 4);
    RoutingSignals signals =
        Routing.topK(logits, logits, 2, Capacity.dropless(), RouterContext.of(true, Seed.of(0)))
            .signals()
            .with(Input.LATENTS, latents)
            .with(Input.LATENT_DRAWS, draws)
            .with(Input.PROTOTYPES, prototypes);
    double diversity = 0;
    for (int i = 0; i < N; i++) {
      for (int j = 0; j < N; j++) {
        double cosine =
            product(prototypes, i, j)
                / Math.sqrt(product(prototypes, i, i) * product(prototypes, j, j));
        diversity += Math.pow(cosine - (i == j ? 1 : 0), 2) / N / N;
      }
    }
    double divergence = 0;
    double[][] target = new double[N][Z];
    for (int t = 0; t < T; t++) {
      double[] score = new double[N];
      double sum = 0;
      for (int e = 0; e < N; e++) {
        boolean chosen =
            signals.choices().getLong(t, 0) == e || signals.choices().getLong(t, 1) == e;
        score[e] = Math.exp(chosen ? logits.getDouble(t, e) : 0);
        sum += score[e];
      }
      for (int z = 0; z < Z; z++) {
        double m = latents.getDouble(t, z);
        double log = latents.getDouble(t, Z + z);
        divergence -= 0.5 * (1 + log - m * m - Math.exp(log)) / T;
        double sampled = m + draws.getDouble(t, z) * Math.exp(log / 2);
        for (int e = 0; e < N; e++) {
          target[e][z] += score[e] / sum * sampled;
        }
      }
    }
    double alignment = 0;
    for (int e = 0; e < N; e++) {
      for (int z = 0; z < Z; z++) {
        alignment += Math.abs(prototypes.getDouble(e, z) - target[e][z]) / N / Z;
      }
    }
    double expected = 0.5 * diversity + 0.25 * divergence + 2 * alignment;
    AuxLoss loss = new PrototypeRegularization(0.5, 0.25, 2);
    assertEquals(expected, loss.of(signals).getDouble(), 1e-12);
    RoutingSignals without =
        RoutingSignals.of(1, logits, logits, signals.choices(), logits, logits);
    GradientCheck.assertCorrect(
        given ->
            loss.of(
                without
                    .with(Input.LATENTS, latents)
                    .with(Input.LATENT_DRAWS, draws)
                    .with(Input.PROTOTYPES, given[0])),
        prototypes);
  }

  private static double product(NDArray rows, int i, int j) {
    double sum = 0;
    for (int z = 0; z < Z; z++) {
      sum += rows.getDouble(i, z) * rows.getDouble(j, z);
    }
    return sum;
  }
}
