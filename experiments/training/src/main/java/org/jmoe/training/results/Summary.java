package org.jmoe.training.results;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.io.JsonFiles;
import org.jspecify.annotations.Nullable;

/**
 * A run's final numbers, as {@code summary.json}.
 *
 * @param validationNats held-out cross-entropy of a token
 * @param bitsPerByte the same in bits for each byte of text; null where the data does not tell its
 *     bytes
 * @param validationTokens it was taken over
 * @param steps done
 * @param tokens trained on
 * @param tokensPerSecond of training, evaluations left out
 * @param totalParameters of the model
 * @param activeParameters that compute one token
 * @param loadCv mean over layers of the load's coefficient of variation; 0 is balance
 * @param droppedShare mean over layers of the share of choices without a place
 * @param peakRssBytes most memory the process held
 * @param seconds from start to end
 * @param devices what each of several did; null for one
 * @param layers each MoE layer
 */
public record Summary(
    double validationNats,
    @Nullable Double bitsPerByte,
    long validationTokens,
    long steps,
    long tokens,
    double tokensPerSecond,
    long totalParameters,
    long activeParameters,
    double loadCv,
    double droppedShare,
    long peakRssBytes,
    double seconds,
    @Nullable DeviceSummary devices,
    List<LayerSummary> layers) {
  /** Checks the counts and copies the list. */
  public Summary {
    nonNegative("validationTokens", validationTokens);
    nonNegative("steps", steps);
    nonNegative("tokens", tokens);
    nonNegative("totalParameters", totalParameters);
    nonNegative("activeParameters", activeParameters);
    nonNegative("peakRssBytes", peakRssBytes);
    layers = ImmutableList.copyOf(layers);
  }

  private static void nonNegative(String key, long value) {
    Preconditions.checkArgument(value >= 0, "%s is %s, which must not be negative", key, value);
  }

  /**
   * The final numbers of a finished run.
   *
   * @throws org.jmoe.io.DataFormatException when the file is malformed
   */
  public static Summary read(RunDirectory directory) {
    return JsonFiles.read(directory.summary(), Summary.class);
  }
}
