package org.jmoe.training;

import static com.google.common.collect.ImmutableSet.toImmutableSet;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import com.google.common.collect.ImmutableSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jmoe.data.batch.Batch;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.StepCounts;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.TransformerOps;
import org.jspecify.annotations.Nullable;

/**
 * The loss of one micro-batch, checked for non-finite values.
 *
 * @param distillation distillation from a teacher; null for none
 * @param step zero-based step
 * @param microBatches number of micro-batches of the step
 * @param counts expert counts shared by the micro-batches of the step
 * @param targets number of unmasked targets in the step
 */
record Objective(
    TrainingSpec spec,
    @Nullable Distillation distillation,
    long step,
    int microBatches,
    StepCounts counts,
    long targets) {
  /** Returns an empty recording for a forward pass over a batch; the scope owns its arrays. */
  RecordingStore recording(Seed seed, NDManager scope, Batch batch) {
    ParameterStore parameters = new ParameterStore(scope, false);
    return new RecordingStore(parameters, seed, spec.precision(), spec.numerics().dropsTokens())
        .withSeparator(batch.separator())
        .with(inputs());
  }

  private ImmutableSet<AuxLoss.Input> inputs() {
    return spec.losses().stream()
        .flatMap(term -> term.loss().inputs().stream())
        .collect(toImmutableSet());
  }

  /**
   * Part of the objective.
   *
   * @param loss differentiable loss, a 0-d array
   * @param nats mean cross-entropy per target
   * @param weight weight of this mean in the mean of the step; 1 on average
   * @param penalties other loss terms, by name
   */
  record Part(NDArray loss, double nats, double weight, Map<String, Double> penalties) {}

  /**
   * Returns the cross-entropy of the tokens, combined with the divergence from the teacher, if any,
   * and the z-loss.
   *
   * @param ids (B, S)
   * @param logits (B, S, V)
   */
  Part ofText(Batch batch, NDManager scope, NDArray ids, NDArray logits) {
    NDArray nats = // (T)
        TransformerOps.crossEntropy(
            logits.reshape(batch.tokens(), logits.getShape().tail()),
            batch.targets(scope).reshape(batch.tokens()));
    NDArray loss = mean(nats, batch); // ()
    double mean = Ops.sum(loss);
    if (!Double.isFinite(mean)) {
      long token = Ops.firstNonFiniteRow(nats.stopGradient().expandDims(1));
      throw DivergedException.of(
          step, "loss", mean, "; first at token " + token + " of its micro-batch");
    }
    double weight = targets == 0 ? 0 : (double) batch.targets() * microBatches / targets;
    Map<String, Double> penalties = new LinkedHashMap<>();
    if (distillation != null) {
      NDArray divergence = // ()
          distillation.scaled(mean(distillation.divergence(scope, batch, ids, logits), batch));
      penalties.put(
          Distillation.NAME, weight * requireFinite(Ops.sum(divergence), Distillation.NAME));
      loss = distillation.total(loss, divergence);
    }
    if (spec.outputZLoss() > 0) {
      NDArray logZ = Ops.logSumExp(logits).reshape(batch.tokens()); // (T)
      NDArray squares = ofTargets(logZ.mul(logZ), batch, scope); // (T)
      NDArray z = Ops.scale(mean(squares, batch), spec.outputZLoss()); // ()
      penalties.put(
          TrainingSpec.OUTPUT_Z, weight * requireFinite(Ops.sum(z), TrainingSpec.OUTPUT_Z));
      loss = loss.add(z);
    }
    return new Part(weight == 1 ? loss : Ops.scale(loss, weight), mean, weight, penalties);
  }

  /** Returns per-target values (T) with 0 for targets that are masked out. */
  static NDArray ofTargets(NDArray perToken, Batch batch, NDManager scope) {
    if (batch.targets() == batch.tokens()) {
      return perToken;
    }
    NDArray unmasked = batch.targets(scope).reshape(batch.tokens()).gte(0); // (T)
    return perToken.mul(Ops.cast(unmasked, perToken.getDataType()));
  }

  /** Returns the mean of per-target values (T) over the unmasked targets; 0 if there are none. */
  private static NDArray mean(NDArray perToken, Batch batch) {
    return batch.targets() == batch.tokens()
        ? perToken.mean()
        : Ops.scale(perToken.sum(), 1.0 / Math.max(1, batch.targets()));
  }

  /**
   * Returns the sum of the balance losses, if there are any, and records each in {@code penalties}.
   */
  Optional<NDArray> ofRouting(Map<String, RoutingSignals> layers, Map<String, Double> penalties) {
    NDArray sum = null;
    for (LossTerm term : spec.losses()) {
      NDArray penalty = term.ofStep(layers, counts); // ()
      penalties.merge(term.name(), requireFinite(Ops.sum(penalty), term.name()), Double::sum);
      sum = sum == null ? penalty : sum.add(penalty);
    }
    return Optional.ofNullable(sum);
  }

  /** Returns the loss divided by the number of micro-batches per step. */
  NDArray share(NDArray loss) {
    return Ops.scale(loss, 1.0 / microBatches);
  }

  private double requireFinite(double value, String what) {
    if (!Double.isFinite(value)) {
      throw DivergedException.of(step, what, value, "");
    }
    return value;
  }
}
