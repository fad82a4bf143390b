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
 * @param targets of the step that count in its loss
 */
record Objective(
    TrainingSpec spec,
    @Nullable Distillation distillation,
    long step,
    StepCounts counts,
    long targets) {
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
   * @param nats mean cross-entropy of a target
   * @param weight of that mean in the step's, relative to other micro-batches; 1 on average
   * @param penalties what counts beside it, by name
   */
  record Part(NDArray loss, double nats, double weight, Map<String, Double> penalties) {}

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
    NDArray loss = mean(nats, batch); // ()
    double mean = Ops.sum(loss);
    if (!Double.isFinite(mean)) {
      long token = Ops.firstNonFiniteRow(nats.stopGradient().expandDims(1));
      throw DivergedException.of(
          step, "loss", mean, "; first at token " + token + " of its micro-batch");
    }
    double weight = targets == 0 ? 0 : (double) batch.targets() * spec.accumulation() / targets;
    Map<String, Double> penalties = new LinkedHashMap<>();
    if (distillation != null) {
      NDArray divergence = // ()
          distillation.scaled(mean(distillation.divergence(scope, batch, ids, logits), batch));
      penalties.put(
          Distillation.NAME, weight * requireFinite(Ops.sum(divergence), Distillation.NAME));
      loss = distillation.total(loss, divergence);
    }
    return new Part(weight == 1 ? loss : Ops.scale(loss, weight), mean, weight, penalties);
  }

  /** The mean over the targets that count of numbers (T), 0 for others; 0 if there are none. */
  private static NDArray mean(NDArray each, Batch batch) {
    return batch.targets() == batch.tokens()
        ? each.mean()
        : Ops.scale(each.sum(), 1.0 / Math.max(1, batch.targets()));
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
