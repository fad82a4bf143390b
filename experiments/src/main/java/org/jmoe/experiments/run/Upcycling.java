package org.jmoe.experiments.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import com.google.common.base.Preconditions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jmoe.experiments.checkpoint.CheckpointStore;
import org.jmoe.experiments.checkpoint.DirectoryLock;
import org.jmoe.experiments.train.AdamW;
import org.jmoe.experiments.train.TrainingState;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.NoGrad;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * Sparse upcycling (Komatsuzaki et al. 2023, section 3): a mixture of experts begins as a trained
 * dense model, every expert a copy of its feed-forward and the router as drawn. Where a token's
 * weights sum to 1 and none is dropped, the mixture computes what the dense model does.
 */
public final class Upcycling {
  private static final String EXPERTS = "/moe/experts/";
  private static final String FEED_FORWARD = "/feed_forward/";
  private static final String ROUTER = "/moe/router/";

  private Upcycling() {}

  /**
   * Writes a trained dense model's weights into a model with experts in some or all of its places;
   * or, from a model that has them already, the weights as they are.
   *
   * @throws IllegalArgumentException naming a parameter that has no counterpart of its shape;
   *     nothing is changed then
   */
  public static void copy(LanguageModel dense, LanguageModel sparse) {
    Map<String, NDArray> from =
        dense.getParameters().values().stream()
            .collect(Collectors.toMap(Parameter::getName, Parameter::getArray));
    for (Parameter target : sparse.getParameters().values()) {
      if (!target.getName().contains(ROUTER)) {
        requireCounterpart(target, from);
      }
    }
    NoGrad.get(
        () -> {
          for (Parameter target : sparse.getParameters().values()) {
            NDArray source = source(target, from);
            if (source != null) {
              write(source, target.getArray());
            }
          }
          return true;
        });
  }

  /** The parameter of the same name, or the feed-forward whose copies the experts become. */
  private static @Nullable NDArray source(Parameter target, Map<String, NDArray> from) {
    NDArray same = from.get(target.getName());
    return same == null ? from.get(target.getName().replace(EXPERTS, FEED_FORWARD)) : same;
  }

  private static void requireCounterpart(Parameter target, Map<String, NDArray> from) {
    String name = target.getName();
    NDArray source = source(target, from);
    Preconditions.checkArgument(
        source != null, "the dense model has no parameter for %s of the mixture", name);
    Shape shape = target.getArray().getShape();
    boolean copies = name.contains(EXPERTS) && !from.containsKey(name);
    Shape each = copies ? shape.slice(1) : shape; // without E
    Preconditions.checkArgument(
        each.equals(source.getShape()),
        "%s is of shape %s in the dense model and of %s in the mixture",
        name,
        source.getShape(),
        each);
  }

  private static void write(NDArray source, NDArray target) {
    if (source.getShape().equals(target.getShape())) {
      FusedUpdates.copyAll(List.of(target), List.of(source));
      return;
    }
    try (NDArray one = source.expandDims(0); // (1, D, H)
        NDArray all = one.broadcast(target.getShape())) { // (E, D, H)
      FusedUpdates.copyAll(List.of(target), List.of(all));
    }
  }

  /**
   * Begins a run whose model starts as an upcycled dense one: {@link Run#execute} goes on from
   * there, as does {@code jmoe train --resume}.
   *
   * @param dense trained
   * @param config of the mixture
   * @param folder of the run, new
   */
  public static void begin(LanguageModel dense, RunConfig config, RunJson json, Path folder) {
    RunDirectory.requireFree(folder, false);
    try (DirectoryLock lock = RunDirectory.lock(folder);
        NDManager manager = NDManager.newBaseManager()) {
      LanguageModel model = config.build();
      model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
      copy(dense, model);
      RunDirectory directory =
          RunDirectory.begin(lock.folder(), RunStart.FRESH, json.write(config));
      try (AdamW optimizer = new AdamW(config.training().optimizer(), model, manager)) {
        new RunCheckpoints(
                new CheckpointStore(directory.checkpoints()),
                config.training().checkpoint().keep(),
                model,
                manager,
                new RunRecorder(config),
                json.text(json.write(config)),
                () -> false,
                sentence -> {})
            .save(TrainingState.start(), optimizer);
      }
    }
  }
}
