package org.jmoe.training;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.common.base.Preconditions;
import java.util.List;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.PrefetchedBatches;
import org.jmoe.device.DeviceException;
import org.jmoe.layer.RoutingException;
import org.jmoe.tensor.Seed;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.evaluation.Evaluator;
import org.jmoe.training.optimizer.ModelOptimizer;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * Trains a language model. All randomness of step n derives from the seed and n, so resuming needs
 * no generator state.
 */
public final class Trainer {
  private final TrainingSpec spec;
  private final Replicas replicas;
  private final Seed draws;
  private final @Nullable Distillation distillation;

  /**
   * Creates a trainer for a single model.
   *
   * @param manager owner of the model's parameters
   * @param seed seed of noise and dropout
   */
  public Trainer(TrainingSpec spec, LanguageModel model, NDManager manager, Seed seed) {
    this(spec, Replicas.alone(model, manager), seed, null);
  }

  /**
   * Creates a trainer for replicas that share the micro-batches of a step in round-robin order. The
   * gradients are summed in a different order than on a single model, unless each replica has
   * exactly one micro-batch.
   *
   * @param seed seed of noise and dropout
   * @param distillation distillation from a teacher; null for none
   */
  public Trainer(
      TrainingSpec spec, Replicas replicas, Seed seed, @Nullable Distillation distillation) {
    Preconditions.checkArgument(
        spec.accumulation() % replicas.count() == 0,
        "replicas = %s must divide accumulation = %s",
        replicas.count(),
        spec.accumulation());
    Preconditions.checkArgument(
        spec.batchRamp() == null || replicas.count() == 1,
        "batchRamp needs a single replica, not %s",
        replicas.count());
    this.distillation = distillation;
    this.spec = spec;
    this.replicas = replicas;
    this.draws = seed.child("step");
  }

  /**
   * Trains to the last step or until evaluations stop improving; returns the number of completed
   * steps.
   */
  public long train(Batches data, Evaluator evaluator, TrainingListener listener) {
    return train(data, evaluator, listener, Checkpointer.none());
  }

  /**
   * Trains from the state that {@code checkpoints} restores, and saves checkpoints.
   *
   * @throws StoppedException if the checkpointer requested it
   */
  public long train(
      Batches data, Evaluator evaluator, TrainingListener listener, Checkpointer checkpoints) {
    try (ModelOptimizer optimizer =
        new ModelOptimizer(spec.optimizer(), spec.ema(), replicas.model(0), replicas.manager(0))) {
      TrainingState state = checkpoints.restore(optimizer);
      listener.started(state.step());
      replicas.copyParameters();
      List<List<NDArray>> trained = replicas.counterparts(optimizer.trained());
      StepMonitor monitor = new StepMonitor(listener);
      TrainingStep training =
          new TrainingStep(spec, replicas, optimizer, trained, draws, distillation, monitor);
      try (PrefetchedBatches batches = data.prefetch(spec.microBatchesBefore(state.step()))) {
        while (!state.finished(spec)) {
          StepReport report = step(training, state, batches);
          listener.stepped(report);
          monitor.step(report);
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
    } finally {
      listener.ended();
    }
  }

  /** Runs a step; skips it if it diverges and the numerics policy allows. */
  private StepReport step(TrainingStep training, TrainingState state, PrefetchedBatches batches) {
    long step = state.step();
    double share = spec.schedule().at(step, spec.steps());
    try {
      return attempt(training, step, share, batches);
    } catch (DivergedException e) {
      if (!spec.numerics().skips(state.skipped())) {
        throw e;
      }
      while (batches.position() < spec.microBatchesBefore(step + 1)) {
        batches.next().close();
      }
      training.monitor().skipped(state.skipped() + 1, spec.numerics().mostSkips(), e);
      return StepReport.skipped(
          step,
          share * spec.optimizer().rate(),
          spec.tokensBefore(step + 1) - spec.tokensBefore(step));
    }
  }

  /** Runs a step; adds the step number to the messages of failures. */
  private StepReport attempt(
      TrainingStep training, long step, double share, PrefetchedBatches batches) {
    try {
      return training.run(step, share, batches);
    } catch (RoutingException e) {
      throw new DivergedException("step " + step + ": " + e.getMessage());
    } catch (DeviceException e) {
      throw e.with("step " + step + ": ", "");
    } catch (EngineException e) {
      throw DeviceException.in(e, "step " + step, replicas.devices())
          .map(RuntimeException.class::cast)
          .orElse(e);
    }
  }
}
