package org.jmoe.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.batch.PrefetchedBatches;
import org.jmoe.djl.Adaptation;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.Seed;
import org.jmoe.training.optimizer.ModelOptimizer;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * One optimizer step: batches, forward, loss, backward, clip, update.
 *
 * @param replicas model replicas; each takes every {@code replicas.count()}-th micro-batch
 * @param optimizer optimizer of the first replica
 * @param trained trained arrays of each replica, in the optimizer's order
 * @param draws seed of noise and dropout
 * @param monitor receives the number of dropped tokens
 */
record TrainingStep(
    TrainingSpec spec,
    Replicas replicas,
    ModelOptimizer optimizer,
    List<List<NDArray>> trained,
    Seed draws,
    @Nullable Distillation distillation,
    StepMonitor monitor) {

  /**
   * Runs step {@code step} (zero-based).
   *
   * @param share fraction of the peak learning rate
   * @throws DivergedException if a loss or the gradient norm is not finite; nothing has changed in
   *     that case
   */
  StepReport run(long step, double share, PrefetchedBatches data) {
    int micro = spec.microBatches(step);
    SharedCounts counts = new SharedCounts(micro, data.targets(micro));
    StepSums sums = new StepSums(micro);
    List<GradientSums> gradients = new ArrayList<>();
    try (Adaptation adaptation = new Adaptation(replicas.model(0), replicas.manager(0))) {
      for (int r = 0; r < replicas.count(); r++) {
        gradients.add(new GradientSums(replicas.manager(r), trained.get(r)));
      }
      for (int first = 0; first < micro; first += replicas.count()) {
        microBatches(step, first, data, counts, gradients, sums, adaptation);
      }
      gradients.stream().skip(1).forEach(gradients.get(0)::add);
      List<NDArray> total = gradients.get(0).all();
      double norm = optimizer.step(share, total);
      if (!Double.isFinite(norm)) {
        String where = optimizer.nonFiniteGradient(total).map(p -> "; first in " + p).orElse("");
        throw DivergedException.of(step, "gradient norm", norm, where);
      }
      adaptation.apply(); // load-based updates of router biases
      replicas.copyParameters();
      long tokens = spec.tokensBefore(step + 1) - spec.tokensBefore(step);
      return sums.report(step, norm, share * spec.optimizer().rate(), tokens);
    } finally {
      gradients.forEach(GradientSums::close);
    }
  }

  /** Runs one micro-batch per replica in parallel. */
  private void microBatches(
      long step,
      int first,
      PrefetchedBatches data,
      SharedCounts counts,
      List<GradientSums> gradients,
      StepSums sums,
      Adaptation adaptation) {
    List<Batch> batches = new ArrayList<>();
    List<NDManager> scopes = new ArrayList<>();
    try {
      for (int r = 0; r < replicas.count(); r++) {
        batches.add(data.next().cut(spec.sequenceAt(step)));
        scopes.add(replicas.manager(r).newSubManager());
      }
      List<MicroBatch> done =
          replicas.each(
              r ->
                  microBatch(
                      step, first + r, r, counts, batches.get(r), scopes.get(r), gradients.get(r)));
      for (MicroBatch micro : done) {
        sums.add(micro);
        monitor.dropped(step, micro.recording().dropped());
        adaptation.observe(micro.signals());
      }
    } finally {
      scopes.forEach(NDManager::close);
      batches.forEach(Batch::close);
    }
  }

  /** Runs one micro-batch on one replica; on failure, wakes those that wait for its counts. */
  private MicroBatch microBatch(
      long step,
      int micro,
      int replica,
      SharedCounts counts,
      Batch batch,
      NDManager scope,
      GradientSums gradients) {
    boolean done = false;
    try {
      Objective objective =
          new Objective(
              spec,
              distillation,
              step,
              spec.microBatches(step),
              counts.of(micro),
              counts.targets());
      Seed seed = draws.child(step).child(micro);
      MicroBatch result =
          Gradients.recording(
              () ->
                  forwardBackward(
                      objective, seed, replicas.model(replica), batch, scope, gradients));
      done = true;
      return result;
    } finally {
      if (!done) {
        counts.fail(micro);
      }
    }
  }

  /**
   * Runs forward and backward of one micro-batch and adds its gradients; the scope owns its arrays.
   */
  private static MicroBatch forwardBackward(
      Objective objective,
      Seed seed,
      LanguageModel model,
      Batch batch,
      NDManager scope,
      GradientSums gradients) {
    if (objective.spec().recompute()) {
      return new RecomputedPass(objective, seed, model, batch, scope, gradients).run();
    }
    RecordingStore recording = objective.recording(seed, scope, batch);
    NDArray ids = batch.inputs(scope); // (B, S)
    NDArray logits = model.logits(recording, ids, null, null, true); // (B, S, V)
    Objective.Part text = objective.ofText(batch, scope, ids, logits);
    Map<String, RoutingSignals> signals = recording.signals();
    NDArray loss = // ()
        objective
            .ofRouting(signals, text.penalties())
            .map(balance -> text.loss().add(balance))
            .orElse(text.loss());
    gradients.addOf(List.of(objective.share(loss)), List.of());
    return new MicroBatch(text.nats(), text.weight(), text.penalties(), signals, recording);
  }
}
