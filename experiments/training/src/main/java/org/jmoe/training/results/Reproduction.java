package org.jmoe.training.results;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jmoe.training.StepReport;
import org.jmoe.training.config.JsonDifference;
import org.jmoe.training.evaluation.Evaluation;

/**
 * Whether a run came out again, to the bit.
 *
 * @param differences between the results, a sentence each; none where all are equal
 * @param causes what else differs: code, libraries, threads, processor or data, a sentence each
 * @param steps compared
 */
public record Reproduction(List<String> differences, List<String> causes, int steps) {
  // Of the summary: they measure the machine.
  private static final List<String> NO_RESULT =
      List.of("tokensPerSecond", "peakRssBytes", "seconds");
  // Of the provenance: the same content may lie elsewhere.
  private static final List<String> DATA = List.of("data");

  /** Copies the lists. */
  public Reproduction {
    differences = ImmutableList.copyOf(differences);
    causes = ImmutableList.copyOf(causes);
  }

  /** Whether everything is equal to the bit. */
  public boolean equal() {
    return differences.isEmpty();
  }

  /** Compares a run with a repetition of it. */
  public static Reproduction of(FinishedRun before, FinishedRun after) {
    RunRecorder there = before.recorder();
    RunRecorder here = after.recorder();
    List<String> found = new ArrayList<>();
    steps(there, here).ifPresent(found::add);
    evaluations(there, here).ifPresent(found::add);
    found.addAll(
        JsonDifference.of(
            before.summary().deepCopy().without(NO_RESULT),
            after.summary().deepCopy().without(NO_RESULT)));
    parameters(before, after).ifPresent(found::add);
    return new Reproduction(
        found,
        JsonDifference.of(
            before.provenance().deepCopy().without(DATA),
            after.provenance().deepCopy().without(DATA)),
        Math.min(there.steps().size(), here.steps().size()));
  }

  private static Optional<String> steps(RunRecorder there, RunRecorder here) {
    List<StepReport> a = there.steps();
    List<StepReport> b = here.steps();
    double furthest = 0;
    long first = -1;
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      double x = a.get(i).nats();
      double y = b.get(i).nats();
      if (Double.compare(x, y) != 0) {
        first = first < 0 ? a.get(i).step() + 1 : first;
        furthest = Math.max(furthest, Math.abs(x - y));
      }
    }
    if (first < 0 && a.size() == b.size()) {
      return Optional.empty();
    }
    return Optional.of(
        first < 0
            ? "%d steps there, %d here".formatted(a.size(), b.size())
            : String.format(
                Locale.ROOT,
                "the training loss differs from step %d on, by at most %.3g nats",
                first,
                furthest));
  }

  private static Optional<String> evaluations(RunRecorder there, RunRecorder here) {
    for (var entry : there.evaluations().entrySet()) {
      Evaluation other = here.evaluations().get(entry.getKey());
      if (other == null || Double.compare(entry.getValue().nats(), other.nats()) != 0) {
        return Optional.of(
            "the evaluation after step %d is %s there, %s here"
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
      return Optional.empty(); // or somebody removed them; the numbers are there
    }
    return Optional.of(
        "the trained parameters differ (SHA-256 %s.. there, %s.. here)"
            .formatted(
                before.parameters().get().substring(0, 12),
                after.parameters().get().substring(0, 12)));
  }
}
