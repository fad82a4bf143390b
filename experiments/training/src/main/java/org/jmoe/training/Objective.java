package org.jmoe.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jmoe.data.batch.Batch;
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.StepCounts;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * The loss of one micro-batch, checked for non-finite values.
 *
 * @param distillation towards a teacher; null for none
 * @param step counted from 0
 * @param counts that the micro-batches of the step share
 */
record Objective(
    TrainingSpec spec, @Nullable Distillation distillation, long step, StepCounts counts) {
  /** An empty recording for a forward pass over a batch, of which the scope owns the results. */
  RecordingStore recording(Seed seed, NDManager scope, Batch batch) {
    ParameterStore parameters = new ParameterStore(scope, false);
    return new RecordingStore(parameters, seed, spec.precision(), spec.numerics().dropsTokens())
        .withSeparator(batch.separator());
  }

  /**
   * A part of it.
   *
   * @param loss to send gradients from, a 0-d array
   * @param nats mean cross-entropy of a token
   * @param penalties what counts beside it, by name
   */
  record Part(NDArray loss, double nats, Map<String, Double> penalties) {}

  /**
   * The cross-entropy of the text, and where there is a teacher the divergence from it.
   *
   * @param ids (B, S)
   * @param logits (B, S, V)
   */
  Part ofText(Batch batch, NDManager scope, NDArray ids, NDArray logits) {
    NDArray nats = // (T)
        Ops.crossEntropy(
            logits.reshape(batch.tokens(), logits.getShape().tail()),
            batch.targets(scope).reshape(batch.tokens()));
    NDArray loss = nats.mean(); // ()
    double mean = Ops.sum(loss);
    if (!Double.isFinite(mean)) {
      long token = Ops.firstNonFiniteRow(nats.stopGradient().expandDims(1));
      throw DivergedException.of(
          step, "loss", mean, "; first at token " + token + " of its micro-batch");
    }
    Map<String, Double> penalties = new LinkedHashMap<>();
    if (distillation != null) {
      NDArray divergence = distillation.divergence(scope, batch, ids, logits); // ()
      penalties.put(Distillation.NAME, requireFinite(Ops.sum(divergence), Distillation.NAME));
      loss = distillation.total(loss, divergence);
    }
    return new Part(loss, mean, penalties);
  }

  /** The balance losses; none where there are none. Adds them to the penalties. */
  Optional<NDArray> ofRouting(Map<String, RoutingSignals> layers, Map<String, Double> penalties) {
    NDArray sum = null;
    for (LossTerm term : spec.losses()) {
      NDArray penalty = term.ofStep(layers, counts); // ()
      penalties.merge(term.name(), requireFinite(Ops.sum(penalty), term.name()), Double::sum);
      sum = sum == null ? penalty : sum.add(penalty);
    }
    return Optional.ofNullable(sum);
  }

  /** Its share in the step. */
  NDArray share(NDArray loss) {
    return Ops.scale(loss, 1.0 / spec.accumulation());
  }

  private double requireFinite(double value, String what) {
    if (!Double.isFinite(value)) {
      throw DivergedException.of(step, what, value, "");
    }
    return value;
  }
}
