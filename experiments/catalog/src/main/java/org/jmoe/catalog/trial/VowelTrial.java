package org.jmoe.catalog.trial;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.Series;
import org.jmoe.catalog.engine.Statistic;
import org.jmoe.catalog.engine.Trial;
import org.jmoe.catalog.engine.TrialListener;
import org.jmoe.extension.Extensions;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.jmoe.training.StoppedException;

/**
 * Trains several simulations of one system side by side by full-batch gradient descent until each
 * reaches the error criterion.
 *
 * @param experts whether the system is a mixture of experts or a network with one hidden layer
 * @param size number of experts or hidden units
 * @param rate learning rate
 * @param runs number of simulations
 * @param epochs maximum number of epochs
 */
public record VowelTrial(boolean experts, int size, double rate, int runs, int epochs)
    implements Trial {
  /** Measure: training accuracy. */
  public static final String TRAINING = "trainingAccuracy";

  /** Measure: test accuracy. */
  public static final String TEST = "testAccuracy";

  /** Measure: mean epochs to the criterion. */
  public static final String EPOCHS = "epochs";

  /** Measure: median epochs to the criterion. */
  public static final String MEDIAN = "medianEpochs";

  /** Measure: standard deviation of the epochs. */
  public static final String STD = "epochsDeviation";

  /** Measure: fraction of simulations that did not converge. */
  public static final String FAILED = "failed";

  private static final double CRITERION = 0.08;
  private static final int LOOK_EVERY = 10;

  @Override
  public Outcome run(long number, Path folder, Extensions extensions, TrialListener watch) {
    Seed seed = Seed.of(number).child("vowels");
    try (NDManager manager = NDManager.newBaseManager();
        VowelModel model =
            experts
                ? new VowelModel.Experts(size, runs, seed, manager)
                : new VowelModel.Layered(size, runs, seed, manager)) {
      Part training = Part.of(VowelData.training(), manager);
      Part test = Part.of(VowelData.test(), manager);
      Scores scores = new Scores(runs, epochs);
      List<Double> at = new ArrayList<>();
      List<Double> errors = new ArrayList<>();
      for (int epoch = 0; epoch < epochs && scores.open() > 0; epoch++) {
        if (epoch % LOOK_EVERY == 0) {
          double[] error = look(model, training, test, scores, epoch, manager);
          at.add((double) epoch);
          errors.add(Arrays.stream(error).average().orElseThrow());
          watch.progress((double) epoch / epochs, scores.open() + " open");
        }
        step(model, training, manager);
        if (watch.shouldStop()) {
          throw new StoppedException(epoch);
        }
      }
      look(model, training, test, scores, epochs, manager);
      List<Double> none = Collections.nCopies(at.size(), Double.NaN);
      return new Outcome(
          scores.measures(), Map.of("squared error", new Series(at, none, errors)), Map.of());
    }
  }

  /** Tokens as tensors. */
  private record Part(VowelData data, NDArray x, NDArray d) {
    static Part of(VowelData data, NDManager manager) {
      return new Part(
          data,
          manager.create(data.inputs(), new Shape(data.size(), 3)),
          manager.create(data.targets(), new Shape(data.size(), VowelData.VOWELS)));
    }
  }

  private void step(VowelModel model, Part training, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray loss = // ()
          Gradients.recording(() -> model.answer(here(training.x(), scope), training.d()).loss());
      NoGrad.get(
          () -> {
            model.update(rate, loss, scope);
            return true;
          });
    }
  }

  /**
   * Activations come first in every matmul, so derived arrays are attached to their manager and
   * freed with them.
   */
  private static NDArray here(NDArray x, NDManager scope) {
    NDArray same = x.reshape(x.getShape());
    same.attach(scope);
    return same;
  }

  /** Records which simulations have reached the criterion; returns the error of each. */
  private static double[] look(
      VowelModel model, Part training, Part test, Scores scores, int epoch, NDManager manager) {
    return NoGrad.get(
        () -> {
          try (NDManager scope = manager.newSubManager()) {
            float[] seen =
                model.answer(here(training.x(), scope), training.d()).outputs().toFloatArray();
            float[] unseen = model.answer(here(test.x(), scope), test.d()).outputs().toFloatArray();
            double[] error = new double[scores.runs()];
            for (int run = 0; run < error.length; run++) {
              error[run] = Scores.error(seen, run, training.data());
              if (error[run] <= CRITERION || epoch == scores.most()) {
                scores.reached(
                    run,
                    epoch,
                    Scores.accuracy(seen, run, training.data()),
                    Scores.accuracy(unseen, run, test.data()));
              }
            }
            return error;
          }
        });
  }

  /** Scores of each simulation, on the host. */
  static final class Scores {
    private final int most;
    private final double[] epochs; // (R), NaN until converged
    private final double[] training; // (R)
    private final double[] test; // (R)

    Scores(int runs, int most) {
      this.most = most;
      epochs = new double[runs];
      training = new double[runs];
      test = new double[runs];
      Arrays.fill(epochs, Double.NaN);
    }

    int runs() {
      return epochs.length;
    }

    int most() {
      return most;
    }

    long open() {
      return Arrays.stream(epochs).filter(Double::isNaN).count();
    }

    void reached(int run, int epoch, double trainingAccuracy, double testAccuracy) {
      if (Double.isNaN(epochs[run])) {
        epochs[run] = epoch;
        training[run] = trainingAccuracy;
        test[run] = testAccuracy;
      }
    }

    Map<String, Double> measures() {
      Statistic all = new Statistic(Arrays.stream(epochs).boxed().toList());
      return Map.of(
          EPOCHS, all.mean(),
          MEDIAN, all.median(),
          STD, all.std(),
          FAILED, (double) Arrays.stream(epochs).filter(e -> e >= most).count(),
          TRAINING, Arrays.stream(training).average().orElseThrow(),
          TEST, Arrays.stream(test).average().orElseThrow());
    }

    /** Mean squared error per output, for outputs (R, n, 4). */
    static double error(float[] outputs, int run, VowelData data) {
      int width = VowelData.VOWELS;
      double sum = 0;
      for (int i = 0; i < data.size(); i++) {
        for (int c = 0; c < width; c++) {
          double target = data.vowels().get(i) == c ? 1 : 0;
          double off = outputs[(run * data.size() + i) * width + c] - target;
          sum += off * off;
        }
      }
      return sum / data.size() / width;
    }

    /** Accuracy in %, by the largest output. */
    static double accuracy(float[] outputs, int run, VowelData data) {
      int width = VowelData.VOWELS;
      int right = 0;
      for (int i = 0; i < data.size(); i++) {
        int from = (run * data.size() + i) * width;
        int best = 0;
        for (int c = 1; c < width; c++) {
          best = outputs[from + c] > outputs[from + best] ? c : best;
        }
        right += best == data.vowels().get(i) ? 1 : 0;
      }
      return 100.0 * right / data.size();
    }
  }
}
