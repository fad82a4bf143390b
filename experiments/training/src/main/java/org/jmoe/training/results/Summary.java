package org.jmoe.training.results;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.DeviceLayout;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.evaluation.Evaluation;
import org.jspecify.annotations.Nullable;

/**
 * Final results of a run, written to {@code summary.json}.
 *
 * @param validationNats held-out cross-entropy per token
 * @param bitsPerByte held-out cross-entropy in bits per byte of text; null if the data do not
 *     record the number of bytes
 * @param validationTokens number of held-out tokens scored
 * @param steps completed optimizer steps
 * @param tokens number of training tokens
 * @param flops model FLOPs of training; null in summaries of earlier versions
 * @param tokensPerSecond training throughput without evaluations
 * @param totalParameters number of parameters
 * @param activeParameters number of parameters used per token
 * @param loadCv coefficient of variation of the expert load, averaged over layers; 0 means perfect
 *     balance
 * @param droppedShare fraction of dropped choices, averaged over layers
 * @param peakRssBytes peak resident set size of the process
 * @param seconds elapsed time
 * @param devices distribution over several devices; null for a single device
 * @param layers summary of each MoE layer
 */
public record Summary(
    double validationNats,
    @Nullable Double bitsPerByte,
    long validationTokens,
    long steps,
    long tokens,
    @Nullable Double flops,
    double tokensPerSecond,
    long totalParameters,
    long activeParameters,
    double loadCv,
    double droppedShare,
    long peakRssBytes,
    double seconds,
    @Nullable DeviceSummary devices,
    List<LayerSummary> layers) {
  /** Validates the counts and makes a defensive copy. */
  public Summary {
    nonNegative("validationTokens", validationTokens);
    nonNegative("steps", steps);
    nonNegative("tokens", tokens);
    nonNegative("totalParameters", totalParameters);
    nonNegative("activeParameters", activeParameters);
    nonNegative("peakRssBytes", peakRssBytes);
    layers = ImmutableList.copyOf(layers);
  }

  /**
   * Returns the summary of a run.
   *
   * @param last the final evaluation
   * @param parameters number of parameters of the model
   * @param domains names of the domains of the corpus
   */
  public static Summary of(
      RunConfig config,
      RunRecorder recorder,
      Evaluation last,
      long parameters,
      List<String> domains,
      DeviceLayout layout) {
    List<LayerSummary> layers =
        last.layers().entrySet().stream()
            .map(e -> LayerSummary.of(e.getKey(), e.getValue(), domains))
            .toList();
    return new Summary(
        last.nats(),
        last.bitsPerByte(),
        last.tokens(),
        recorder.steps().size(),
        recorder.tokens(),
        recorder.tokens() * config.flopsPerToken(),
        recorder.tokensPerSecond(),
        parameters,
        config.model().activeParameters(),
        layers.stream().mapToDouble(LayerSummary::cv).average().orElse(0),
        layers.stream().mapToDouble(LayerSummary::droppedShare).average().orElse(0),
        Machine.peakRssBytes(),
        recorder.seconds(),
        layout.devices().size() == 1
            ? null
            : DeviceSummary.of(layout, config.model(), recorder.steps()),
        layers);
  }

  private static void nonNegative(String key, long value) {
    Preconditions.checkArgument(value >= 0, "%s is %s, but must not be negative", key, value);
  }

  /**
   * Reads the summary of a finished run.
   *
   * @throws org.jmoe.io.DataFormatException if the file is malformed
   */
  public static Summary read(RunDirectory directory) {
    return JsonFiles.read(directory.summary(), Summary.class);
  }
}
