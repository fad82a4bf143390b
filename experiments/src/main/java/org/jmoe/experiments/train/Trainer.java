package org.jmoe.experiments.train;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.Map;
import org.jmoe.experiments.data.Batch;
import org.jmoe.experiments.data.Batches;
import org.jmoe.experiments.data.PrefetchedBatches;
import org.jmoe.layer.Adaptation;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.LanguageModel;

/**
 * Trains a language model. Everything that is random in step n comes from the seed and n, so that
 * nothing but the step number is needed to go on from there.
 */
public final class Trainer {
  private final TrainingSpec spec;
  private final LanguageModel model;
  private final NDManager manager;
  private final Seed draws;

  /**
   * A trainer of a model.
   *
   * @param manager owns the model's parameters
   * @param seed of noise and dropout
   */
  public Trainer(TrainingSpec spec, LanguageModel model, NDManager manager, Seed seed) {
    this.spec = spec;
    this.model = model;
    this.manager = manager;
    this.draws = seed.child("step");
  }

  /** Trains to the last step, or until the evaluations stop improving; returns the steps done. */
  public long train(Batches data, Evaluator evaluator, TrainingListener listener) {
    Patience patience = new Patience(spec.patience());
    try (AdamW optimizer = new AdamW(spec.optimizer(), model, manager);
        PrefetchedBatches batches = data.prefetch(0)) {
      for (long step = 0; step < spec.steps(); step++) {
        listener.stepped(step(step, batches, optimizer));
        boolean last = step == spec.steps() - 1;
        if (last || (step + 1) % spec.evaluateEvery() == 0) {
          Evaluation evaluation = evaluator.run(spec.evaluationBatches());
          listener.evaluated(step + 1, evaluation);
          if (patience.exhausted(evaluation.nats())) {
            return step + 1;
          }
        }
      }
    }
    return spec.steps();
  }

  private StepReport step(long step, PrefetchedBatches batches, AdamW optimizer) {
    StepSums sums = new StepSums(spec.accumulation());
    try (Adaptation adaptation = new Adaptation(model, manager)) {
      for (int micro = 0; micro < spec.accumulation(); micro++) {
        try (Batch batch = batches.next();
            NDManager scope = manager.newSubManager()) {
          Map<String, RoutingSignals> signals =
              accumulate(step, draws.child(step).child(micro), batch, scope, sums);
          adaptation.observe(signals);
          sums.addRouting(signals);
        }
      }
      double rate = spec.schedule().at(step, spec.steps());
      double norm = optimizer.step(rate);
      requireFinite(norm, step, "gradient norm");
      adaptation.apply();
      return sums.report(step, norm, rate, spec.tokensPerStep());
    }
  }

  /** Adds the gradients of a micro-batch; returns what its routers did. */
  private Map<String, RoutingSignals> accumulate(
      long step, Seed seed, Batch batch, NDManager scope, StepSums sums) {
    RecordingStore recording = new RecordingStore(new ParameterStore(scope, false), seed);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray loss = taskLoss(batch, scope, recording); // ()
      sums.addNats(requireFinite(Ops.sum(loss), step, "loss"));
      for (LossTerm term : spec.losses()) {
        NDArray penalty = term.of(recording.signals().values()); // ()
        sums.addPenalty(term.name(), requireFinite(Ops.sum(penalty), step, term.name()));
        loss = loss.add(penalty);
      }
      collector.backward(Ops.scale(loss, 1.0 / spec.accumulation()));
    }
    return recording.signals();
  }

  private NDArray taskLoss(Batch batch, NDManager scope, RecordingStore recording) {
    NDArray logits = model.logits(recording, batch.inputs(scope), null, null, true); // (B, S, V)
    return Ops.tokenNats(
            logits.reshape(batch.tokens(), model.spec().vocabulary()),
            batch.targets(scope).reshape(batch.tokens()))
        .mean();
  }

  private static double requireFinite(double value, long step, String what) {
    if (!Double.isFinite(value)) {
      throw new DivergedException(
          "step %d: the %s is %s; lower training.optimizer.rate or lengthen the warm-up"
              .formatted(step, what, value));
    }
    return value;
  }
}
