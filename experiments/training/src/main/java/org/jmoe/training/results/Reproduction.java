package org.jmoe.training.results;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jmoe.training.StepReport;
import org.jmoe.training.config.keys.JsonDifference;
import org.jmoe.training.evaluation.Evaluation;

/**
 * Bit-exact comparison of a run with its repetition.
 *
 * @param differences differences between the results, one sentence each; empty if they are equal
 * @param causes differences in code, libraries, threads, CPU or data, one sentence each
 * @param steps number of compared steps
 */
public record Reproduction(List<String> differences, List<String> causes, int steps) {
  // Keys of the summary that depend on the machine.
  private static final List<String> MACHINE_KEYS =
      List.of("tokensPerSecond", "peakRssBytes", "seconds");
  // Key of the provenance: the same data may have another path.
  private static final List<String> DATA = List.of("data");

  /** Makes defensive copies. */
  public Reproduction {
    differences = ImmutableList.copyOf(differences);
    causes = ImmutableList.copyOf(causes);
  }

  /** Returns whether the results are bit-identical. */
  public boolean equal() {
    return differences.isEmpty();
  }

  /** Compares a run with a repetition of it. */
  public static Reproduction of(FinishedRun before, FinishedRun after) {
    RunRecorder first = before.recorder();
    RunRecorder second = after.recorder();
    List<String> found = new ArrayList<>();
    steps(first, second).ifPresent(found::add);
    evaluations(first, second).ifPresent(found::add);
    found.addAll(
        JsonDifference.of(
            before.summary().deepCopy().without(MACHINE_KEYS),
            after.summary().deepCopy().without(MACHINE_KEYS)));
    parameters(before, after).ifPresent(found::add);
    return new Reproduction(
        found,
        JsonDifference.of(
            before.provenance().deepCopy().without(DATA),
            after.provenance().deepCopy().without(DATA)),
        Math.min(first.steps().size(), second.steps().size()));
  }

  private static Optional<String> steps(RunRecorder first, RunRecorder second) {
    List<StepReport> a = first.steps();
    List<StepReport> b = second.steps();
    double maxDifference = 0;
    long start = -1;
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      double x = a.get(i).nats();
      double y = b.get(i).nats();
      if (Double.compare(x, y) != 0) {
        start = start < 0 ? a.get(i).step() + 1 : start;
        maxDifference = Math.max(maxDifference, Math.abs(x - y));
      }
    }
    if (start < 0 && a.size() == b.size()) {
      return Optional.empty();
    }
    return Optional.of(
        start < 0
            ? "%d steps before, %d now".formatted(a.size(), b.size())
            : String.format(
                Locale.ROOT,
                "the training loss differs from step %d onwards, by at most %.3g nats",
                start,
                maxDifference));
  }

  private static Optional<String> evaluations(RunRecorder first, RunRecorder second) {
    for (var entry : first.evaluations().entrySet()) {
      Evaluation other = second.evaluations().get(entry.getKey());
      if (other == null || Double.compare(entry.getValue().nats(), other.nats()) != 0) {
        return Optional.of(
            "the evaluation after step %d was %s before and is %s now"
                .formatted(
                    entry.getKey(),
                    entry.getValue().nats(),
                    other == null ? "absent" : other.nats()));
      }
    }
    return Optional.empty();
  }

  private static Optional<String> parameters(FinishedRun before, FinishedRun after) {
    if (before.parameters().isEmpty()
        || after.parameters().isEmpty()
        || before.parameters().equals(after.parameters())) {
      return Optional.empty(); // or the checkpoint was removed; the metrics are still compared
    }
    return Optional.of(
        "the trained parameters differ (SHA-256 %s.. before, %s.. now)"
            .formatted(
                before.parameters().get().substring(0, 12),
                after.parameters().get().substring(0, 12)));
  }
}
