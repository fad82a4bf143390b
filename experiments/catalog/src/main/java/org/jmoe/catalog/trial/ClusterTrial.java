package org.jmoe.catalog.trial;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.Series;
import org.jmoe.catalog.engine.Trial;
import org.jmoe.catalog.engine.TrialListener;
import org.jmoe.extension.Extensions;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.training.StoppedException;

/**
 * Trains patch experts on clustered data by full-batch gradient descent.
 *
 * @param setting setting of the data
 * @param samples number of training samples, and of test samples
 * @param experts the experts
 * @param descent the optimization
 */
public record ClusterTrial(
    ClusterData.Setting setting, int samples, Experts experts, Descent descent) implements Trial {
  /**
   * The experts.
   *
   * @param count number of experts M; a single expert needs no router
   * @param filters filters per expert
   * @param cubic whether experts are cubic rather than linear in their filters
   * @param init initial norm of a filter
   */
  public record Experts(int count, int filters, boolean cubic, double init) {}

  /**
   * Gradient descent.
   *
   * @param epochs number of steps
   * @param rate learning rate of the experts, whose gradients are normalised
   * @param routerRate learning rate of the router
   */
  public record Descent(int epochs, double rate, double routerRate) {}

  /** Measure: test accuracy. */
  public static final String ACCURACY = "accuracy";

  /** Measure: training accuracy. */
  public static final String TRAINING = "trainingAccuracy";

  /** Measure: dispatch entropy. */
  public static final String ENTROPY = "entropy";

  private static final int TOLD_EVERY = 10;

  @Override
  public Outcome run(long number, Path folder, Extensions extensions, TrialListener watch) {
    Seed seed = Seed.of(number);
    ClusterData data = data(seed, "train");
    ClusterData test = data(seed, "test");
    try (NDManager manager = NDManager.newBaseManager();
        ClusterModel model =
            new ClusterModel(
                experts.count(),
                experts.filters(),
                experts.cubic(),
                experts.init(),
                seed,
                manager)) {
      NDArray x = inputs(data, manager); // (N, P d)
      NDArray y = manager.create(data.labels(), new Shape(samples, 1)); // (N, 1)
      List<Double> epoch = new ArrayList<>();
      List<Double> losses = new ArrayList<>();
      int epochs = descent.epochs();
      for (int step = 0; step < epochs; step++) {
        double loss = step(model, x, y, seed.child("noise").child(step), manager);
        if (step % TOLD_EVERY == 0 || step == epochs - 1) {
          epoch.add(step + 1.0);
          losses.add(loss);
          watch.progress((step + 1.0) / epochs, String.format(Locale.ROOT, "loss %.3f", loss));
        }
        if (watch.shouldStop()) {
          throw new StoppedException(step + 1);
        }
      }
      NDArray unseen = inputs(test, manager); // (N, P d)
      return outcome(model, data, x, test, unseen, new Series(epoch, nans(epoch), losses));
    }
  }

  private ClusterData data(Seed seed, String split) {
    long value = seed.child("data").child(split).value();
    return new ClusterData(setting, samples, new SplittableRandom(value));
  }

  private static NDArray inputs(ClusterData data, NDManager manager) {
    return manager.create(
        data.inputs(), new Shape(data.samples(), ClusterData.PATCHES * ClusterData.WIDTH));
  }

  private static List<Double> nans(List<Double> like) {
    return like.stream().map(v -> Double.NaN).toList();
  }

  /** Runs one epoch; returns its mean logistic loss. */
  private double step(ClusterModel model, NDArray x, NDArray y, Seed noise, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray loss = // ()
          Gradients.recording(
              () -> Activation.softPlus(model.scores(x, noise, scope).mul(y).neg()).mean());
      double mean = Ops.sum(loss);
      NoGrad.get(
          () -> {
            model.update(descent.rate(), descent.routerRate(), loss, scope);
            return true;
          });
      return mean;
    }
  }

  private Outcome outcome(
      ClusterModel model,
      ClusterData data,
      NDArray x,
      ClusterData test,
      NDArray unseen,
      Series losses) {
    Map<String, Double> measures =
        NoGrad.get(
            () -> {
              try (NDManager scope = unseen.getManager().newSubManager()) {
                return Map.of(
                    ACCURACY, test.accuracy(model.scores(unseen, null, scope).toFloatArray()),
                    TRAINING, data.accuracy(model.scores(x, null, scope).toFloatArray()),
                    ENTROPY, test.dispatchEntropy(model.choices(unseen, null), experts.count()));
              }
            });
    return new Outcome(measures, Map.of("loss", losses), Map.of());
  }
}
