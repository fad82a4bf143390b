package org.jmoe.training.run;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.safetensors.SafetensorsWriter;
import org.jmoe.io.safetensors.SplitArray;
import org.jmoe.training.Checkpointer;
import org.jmoe.training.TrainingState;
import org.jmoe.training.checkpoint.Checkpoint;
import org.jmoe.training.checkpoint.CheckpointFiles;
import org.jmoe.training.checkpoint.CheckpointStore;
import org.jmoe.training.checkpoint.SavedCheckpoint;
import org.jmoe.training.optimizer.ModelOptimizer;
import org.jmoe.training.results.RunRecorder;

/**
 * Saves and restores checkpoints of a run: parameters, moments, training state, recorded metrics
 * and run.json.
 *
 * @param store store of the checkpoints
 * @param keep number of newest checkpoints to keep
 * @param model model to save
 * @param manager manager of the model
 * @param recorder recorded metrics
 * @param resumes whether to resume from the newest checkpoint; otherwise training starts at step 0
 * @param config content of run.json
 * @param stop stop condition, checked after every step
 * @param log receives messages for the user
 */
record RunCheckpoints(
    CheckpointStore store,
    int keep,
    Block model,
    NDManager manager,
    RunRecorder recorder,
    boolean resumes,
    String config,
    BooleanSupplier stop,
    Consumer<String> log)
    implements Checkpointer {
  /** Moving average of the weights, in the format of the weights. */
  static final String EMA = "ema.safetensors";

  private static final String OPTIMIZER = "optimizer.safetensors";
  private static final String METRICS = "metrics.arrow";
  private static final String ROUTING = "routing.arrow";

  @Override
  public TrainingState restore(ModelOptimizer optimizer) {
    Optional<SavedCheckpoint> newest = resumes ? store.recover(log) : Optional.empty();
    if (newest.isEmpty()) {
      return TrainingState.start();
    }
    SavedCheckpoint checkpoint = newest.get();
    TrainingState state = SavedState.read(checkpoint.file(SavedState.NAME));
    if (state.step() != checkpoint.step()) {
      throw new DataFormatException(
          checkpoint.file(SavedState.NAME),
          "records step %d in the checkpoint of step %d"
              .formatted(state.step(), checkpoint.step()));
    }
    Checkpoint.load(optimizer.state(), "optimizer", checkpoint.file(OPTIMIZER), manager);
    optimizer
        .averaged(SplitArray.parameters(model))
        .ifPresent(arrays -> Checkpoint.load(arrays, "model", checkpoint.file(EMA), manager));
    Checkpoint.load(model, checkpoint.file(Checkpoint.MODEL), manager);
    recorder.restore(checkpoint.file(METRICS), checkpoint.file(ROUTING));
    if (recorder.steps().size() != state.step()) {
      throw new DataFormatException(
          checkpoint.file(METRICS),
          "records %d steps in the checkpoint of step %d"
              .formatted(recorder.steps().size(), state.step()));
    }
    log.accept("resuming from step " + state.step() + ", saved in " + checkpoint.folder());
    return state;
  }

  @Override
  public void save(TrainingState state, ModelOptimizer optimizer) {
    store.save(
        state.step(),
        files -> {
          files.add(
              Checkpoint.MODEL, c -> SafetensorsWriter.write(SplitArray.parameters(model), c));
          files.add(OPTIMIZER, c -> SafetensorsWriter.write(optimizer.state(), c));
          Optional<List<SplitArray>> averaged = optimizer.averaged(SplitArray.parameters(model));
          if (averaged.isPresent()) {
            files.add(EMA, c -> SafetensorsWriter.write(averaged.get(), c));
          }
          files.add(METRICS, recorder::writeMetrics);
          files.add(ROUTING, recorder::writeRouting);
          files.add("run.json", CheckpointFiles.all(config.getBytes(StandardCharsets.UTF_8)));
          files.add(SavedState.NAME, CheckpointFiles.all(SavedState.json(state)));
        });
    store.prune(keep, best(store).map(Set::of).orElse(Set.of()));
  }

  /** Returns the step with the lowest held-out loss among the saved checkpoints. */
  static Optional<Long> best(CheckpointStore store) {
    return store.all().stream()
        .filter(c -> heldOutLoss(c) < Double.POSITIVE_INFINITY)
        .min(Comparator.comparingDouble(RunCheckpoints::heldOutLoss))
        .map(SavedCheckpoint::step);
  }

  private static double heldOutLoss(SavedCheckpoint checkpoint) {
    try {
      Double nats = SavedState.read(checkpoint.file(SavedState.NAME)).heldNats();
      return nats == null || nats.isNaN() ? Double.POSITIVE_INFINITY : nats;
    } catch (RuntimeException e) {
      return Double.POSITIVE_INFINITY; // corrupt, so not the best
    }
  }

  @Override
  public boolean stopRequested() {
    return stop.getAsBoolean();
  }
}
