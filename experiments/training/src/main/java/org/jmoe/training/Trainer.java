package org.jmoe.training;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.common.base.Preconditions;
import java.util.List;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.PrefetchedBatches;
import org.jmoe.layer.RoutingException;
import org.jmoe.tensor.DeviceException;
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
      listener.started(state.step());
      replicas.copyParameters();
      List<List<NDArray>> trained = replicas.counterparts(optimizer.trained());
      StepWatch watch = new StepWatch(listener);
      TrainingStep training =
          new TrainingStep(spec, replicas, optimizer, trained, draws, distillation, watch);
      try (PrefetchedBatches batches = data.prefetch(state.step() * spec.accumulation())) {
        while (!state.finished(spec)) {
          StepReport report = step(training, state, batches);
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
    } finally {
      listener.ended();
    }
  }

  /** A step, or a report of why its batches were skipped. */
  private StepReport step(TrainingStep training, TrainingState state, PrefetchedBatches batches) {
    long step = state.step();
    double share = spec.schedule().at(step, spec.steps());
    try {
      return attempt(training, step, share, batches);
    } catch (DivergedException e) {
      if (!spec.numerics().skips(state.skipped())) {
        throw e;
      }
      while (batches.position() < (step + 1) * spec.accumulation()) {
        batches.next().close();
      }
      training.watch().skipped(state.skipped() + 1, spec.numerics().mostSkips(), e);
      return StepReport.skipped(step, share * spec.optimizer().rate(), spec.tokensPerStep());
    }
  }

  /** A step whose failures say in which step they happened. */
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
