package org.jmoe.training;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.PrefetchedBatches;
import org.jmoe.layer.Adaptation;
import org.jmoe.layer.RoutingException;
import org.jmoe.tensor.DeviceException;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.Seed;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.evaluation.Evaluator;
import org.jmoe.training.optimizer.AdamW;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * Trains a language model. Everything that is random in step n comes from the seed and n, so that
 * nothing but the step number is needed to go on from there.
 */
public final class Trainer {
  private final TrainingSpec spec;
  private final Replicas replicas;
  private final Seed draws;
  private final Pass pass;
  private final @Nullable Distillation distillation;

  /**
   * A trainer of a model.
   *
   * @param manager owns the model's parameters
   * @param seed of noise and dropout
   */
  public Trainer(TrainingSpec spec, LanguageModel model, NDManager manager, Seed seed) {
    this(spec, Replicas.alone(model, manager), seed, null);
  }

  /**
   * A trainer of a model whose copies share the micro-batches of a step: the first copy takes the
   * first of them, and so on in turns. The sum of the gradients differs from that of one model in
   * its order alone, and not even there where each copy has one micro-batch.
   *
   * @param seed of noise and dropout
   * @param distillation towards another model's predictions; null for towards the text alone
   */
  public Trainer(
      TrainingSpec spec, Replicas replicas, Seed seed, @Nullable Distillation distillation) {
    Preconditions.checkArgument(
        spec.accumulation() % replicas.count() == 0,
        "%s replicas must divide accumulation = %s",
        replicas.count(),
        spec.accumulation());
    this.distillation = distillation;
    this.spec = spec;
    this.replicas = replicas;
    this.draws = seed.child("step");
    pass = spec.recompute() ? Pass.recomputed() : Pass.whole();
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
    try (AdamW optimizer = new AdamW(spec.optimizer(), replicas.model(0), replicas.manager(0))) {
      TrainingState state = checkpoints.restore(optimizer);
      replicas.copyParameters();
      List<List<NDArray>> trained = replicas.counterparts(optimizer.trained());
      StepWatch watch = new StepWatch(listener);
      try (PrefetchedBatches batches = data.prefetch(state.step() * spec.accumulation())) {
        while (!state.finished(spec)) {
          StepReport report = step(state, batches, optimizer, trained, watch);
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
      TrainingState state,
      PrefetchedBatches batches,
      AdamW optimizer,
      List<List<NDArray>> trained,
      StepWatch watch) {
    double rate = spec.schedule().at(state.step(), spec.steps());
    try {
      return attempt(state.step(), rate, batches, optimizer, trained, watch);
    } catch (DivergedException e) {
      if (!spec.numerics().skips(state.skipped())) {
        throw e;
      }
      while (batches.position() < (state.step() + 1) * spec.accumulation()) {
        batches.next().close();
      }
      watch.skipped(state.skipped() + 1, spec.numerics().mostSkips(), e);
      return StepReport.skipped(state.step(), rate, spec.tokensPerStep());
    }
  }

  private StepReport attempt(
      long step,
      double rate,
      PrefetchedBatches batches,
      AdamW optimizer,
      List<List<NDArray>> trained,
      StepWatch watch) {
    StepSums sums = new StepSums(spec.accumulation());
    List<GradientSums> gradients = new ArrayList<>();
    try (Adaptation adaptation = new Adaptation(replicas.model(0), replicas.manager(0))) {
      for (int r = 0; r < replicas.count(); r++) {
        gradients.add(new GradientSums(replicas.manager(r), trained.get(r)));
      }
      for (int micro = 0; micro < spec.accumulation(); micro += replicas.count()) {
        accumulate(step, micro, batches, sums, gradients, adaptation, watch);
      }
      gradients.stream().skip(1).forEach(gradients.get(0)::add);
      List<NDArray> total = gradients.get(0).all();
      double norm = optimizer.step(rate, total);
      if (!Double.isFinite(norm)) {
        String where = optimizer.undefinedGradient(total).map(p -> "; first in " + p).orElse("");
        throw DivergedException.of(step, "gradient norm", norm, where);
      }
      adaptation.apply();
      replicas.copyParameters();
      return sums.report(step, norm, rate, spec.tokensPerStep());
    } catch (RoutingException e) {
      throw new DivergedException("step " + step + ": " + e.getMessage());
    } catch (DeviceException e) {
      throw e.with("step " + step + ": ", "");
    } catch (EngineException e) {
      throw DeviceException.in(e, "step " + step, replicas.devices())
          .map(RuntimeException.class::cast)
          .orElse(e);
    } finally {
      gradients.forEach(GradientSums::close);
    }
  }

  /** Adds the gradients of one micro-batch for each copy of the model. */
  private void accumulate(
      long step,
      int first,
      PrefetchedBatches data,
      StepSums sums,
      List<GradientSums> gradients,
      Adaptation adaptation,
      StepWatch watch) {
    List<Batch> batches = new ArrayList<>();
    List<NDManager> scopes = new ArrayList<>();
    try {
      for (int r = 0; r < replicas.count(); r++) {
        batches.add(data.next());
        scopes.add(replicas.manager(r).newSubManager());
      }
      List<MicroBatch> done =
          replicas.each(
              r ->
                  Gradients.recording(
                      () ->
                          pass.run(
                              new Objective(spec, distillation, step),
                              draws.child(step).child(first + r),
                              replicas.model(r),
                              batches.get(r),
                              scopes.get(r),
                              gradients.get(r))));
      for (MicroBatch micro : done) {
        sums.add(micro);
        watch.dropped(step, micro.recording().dropped());
        adaptation.observe(micro.signals());
      }
    } finally {
      scopes.forEach(NDManager::close);
      batches.forEach(Batch::close);
    }
  }
}
