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
import org.jmoe.layer.RoutingException;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * Trains a language model. Everything that is random in step n comes from the seed and n, so that
 * nothing but the step number is needed to go on from there.
 */
public final class Trainer {
  private final TrainingSpec spec;
  private final LanguageModel model;
  private final NDManager manager;
  private final Seed draws;
  private final @Nullable Distillation distillation;

  /**
   * A trainer of a model.
   *
   * @param manager owns the model's parameters
   * @param seed of noise and dropout
   */
  public Trainer(TrainingSpec spec, LanguageModel model, NDManager manager, Seed seed) {
    this(spec, model, manager, seed, null);
  }

  /** A trainer of a model towards another's predictions; null for towards the text alone. */
  public Trainer(
      TrainingSpec spec,
      LanguageModel model,
      NDManager manager,
      Seed seed,
      @Nullable Distillation distillation) {
    this.distillation = distillation;
    this.spec = spec;
    this.model = model;
    this.manager = manager;
    this.draws = seed.child("step");
  }

  /** Trains to the last step, or until the evaluations stop improving; returns the steps done. */
  public long train(Batches data, Evaluator evaluator, TrainingListener listener) {
    return train(data, evaluator, listener, Checkpointer.none());
  }

  /**
   * The same from where a checkpointer says, which keeps the state now and then and at the end.
   *
   * @throws StoppedException when the checkpointer asked for it
   */
  public long train(
      Batches data, Evaluator evaluator, TrainingListener listener, Checkpointer checkpoints) {
    try (AdamW optimizer = new AdamW(spec.optimizer(), model, manager)) {
      TrainingState state = checkpoints.restore(optimizer);
      StepWatch watch = new StepWatch(listener);
      try (PrefetchedBatches batches = data.prefetch(state.step() * spec.accumulation())) {
        while (!state.finished(spec)) {
          StepReport report = step(state, batches, optimizer, watch);
          listener.stepped(report);
          watch.step(report);
          state = state.stepped(Double.isNaN(report.nats()));
          if (state.step() == spec.steps() || state.step() % spec.evaluateEvery() == 0) {
            Evaluation evaluation = evaluator.run(spec.evaluationBatches());
            listener.evaluated(state.step(), evaluation);
            state = state.evaluated(evaluation.nats());
          }
          boolean stop = checkpoints.stopRequested();
          if (stop || state.finished(spec) || state.step() % spec.checkpoint().every() == 0) {
            checkpoints.save(state, optimizer);
          }
          if (stop && !state.finished(spec)) {
            throw new StoppedException(state.step());
          }
        }
      }
      return state.step();
    }
  }

  private StepReport step(
      TrainingState state, PrefetchedBatches batches, AdamW optimizer, StepWatch watch) {
    double rate = spec.schedule().at(state.step(), spec.steps());
    try {
      return attempt(state.step(), rate, batches, optimizer, watch);
    } catch (DivergedException e) {
      if (!spec.numerics().skips(state.skipped())) {
        throw e;
      }
      optimizer.dropGradients();
      while (batches.position() < (state.step() + 1) * spec.accumulation()) {
        batches.next().close();
      }
      watch.skipped(state.skipped() + 1, spec.numerics().mostSkips(), e);
      return StepReport.skipped(state.step(), rate, spec.tokensPerStep());
    }
  }

  private StepReport attempt(
      long step, double rate, PrefetchedBatches batches, AdamW optimizer, StepWatch watch) {
    StepSums sums = new StepSums(spec.accumulation());
    try (Adaptation adaptation = new Adaptation(model, manager)) {
      for (int micro = 0; micro < spec.accumulation(); micro++) {
        try (Batch batch = batches.next();
            NDManager scope = manager.newSubManager()) {
          Map<String, RoutingSignals> signals =
              accumulate(step, draws.child(step).child(micro), batch, scope, sums, watch);
          adaptation.observe(signals);
          sums.addRouting(signals);
        }
      }
      double norm = optimizer.step(rate);
      if (!Double.isFinite(norm)) {
        String where = optimizer.undefinedGradient().map(p -> "; first in " + p).orElse("");
        throw DivergedException.of(step, "gradient norm", norm, where);
      }
      adaptation.apply();
      return sums.report(step, norm, rate, spec.tokensPerStep());
    } catch (RoutingException e) {
      throw new DivergedException("step " + step + ": " + e.getMessage());
    }
  }

  /** Adds the gradients of a micro-batch; returns what its routers did. */
  private Map<String, RoutingSignals> accumulate(
      long step, Seed seed, Batch batch, NDManager scope, StepSums sums, StepWatch watch) {
    RecordingStore recording =
        new RecordingStore(
            new ParameterStore(scope, false),
            seed,
            spec.precision(),
            spec.numerics().dropsTokens());
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray ids = batch.inputs(scope); // (B, S)
      NDArray logits = model.logits(recording, ids, null, null, true); // (B, S, V)
      NDArray nats = nats(batch, scope, logits); // (T)
      NDArray loss = nats.mean(); // ()
      double mean = Ops.sum(loss);
      if (!Double.isFinite(mean)) {
        long token = Ops.firstUndefinedRow(nats.stopGradient().expandDims(1));
        throw DivergedException.of(
            step, "loss", mean, "; first at token " + token + " of its micro-batch");
      }
      sums.addNats(mean);
      if (distillation != null) {
        NDArray divergence = distillation.divergence(scope, ids, logits); // ()
        double value = requireFinite(Ops.sum(divergence), step, Distillation.NAME);
        sums.addPenalty(Distillation.NAME, value);
        loss = distillation.total(loss, divergence);
      }
      for (LossTerm term : spec.losses()) {
        NDArray penalty = term.of(recording.signals().values()); // ()
        sums.addPenalty(term.name(), requireFinite(Ops.sum(penalty), step, term.name()));
        loss = loss.add(penalty);
      }
      collector.backward(Ops.scale(loss, 1.0 / spec.accumulation()));
    }
    watch.dropped(step, recording.dropped());
    return recording.signals();
  }

  private NDArray nats(Batch batch, NDManager scope, NDArray logits) {
    return Ops.tokenNats(
        logits.reshape(batch.tokens(), model.spec().vocabulary()),
        batch.targets(scope).reshape(batch.tokens())); // (T)
  }

  private static double requireFinite(double value, long step, String what) {
    if (!Double.isFinite(value)) {
      throw DivergedException.of(step, what, value, "");
    }
    return value;
  }
}
