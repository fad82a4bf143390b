package org.jmoe.training.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jmoe.io.Digests;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.StepReport;
import org.jmoe.training.checkpoint.Checkpoint;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.JsonDifference;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.evaluation.Evaluation;

/**
 * Whether a run came out again, to the bit.
 *
 * @param differences between the results, a sentence each; none where all are equal
 * @param causes what else differs: code, libraries, threads, processor or data, a sentence each
 * @param steps compared
 */
public record Reproduction(List<String> differences, List<String> causes, int steps) {
  private static final List<String> NO_RESULT =
      List.of("tokensPerSecond", "peakRssBytes", "seconds");

  /** Copies the lists. */
  public Reproduction {
    differences = ImmutableList.copyOf(differences);
    causes = ImmutableList.copyOf(causes);
  }

  /** Whether everything is equal to the bit. */
  public boolean equal() {
    return differences.isEmpty();
  }

  /**
   * Holds a run against a repetition of it.
   *
   * @throws ConfigException when one of them is not finished
   */
  public static Reproduction of(RunDirectory before, RunDirectory after, RunConfig config) {
    requireFinished(before);
    requireFinished(after);
    List<String> found = new ArrayList<>();
    RunRecorder there = RunRecorder.read(before, config);
    RunRecorder here = RunRecorder.read(after, config);
    steps(there, here).ifPresent(found::add);
    evaluations(there, here).ifPresent(found::add);
    found.addAll(JsonDifference.of(results(before), results(after)));
    parameters(before, after).ifPresent(found::add);
    return new Reproduction(
        found, causes(before, after), Math.min(there.steps().size(), here.steps().size()));
  }

  private static void requireFinished(RunDirectory run) {
    if (!Files.exists(run.summary())) {
      throw new ConfigException(
          run.path() + " is not finished; jmoe train --resume " + run.path() + " goes on");
    }
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

  /** The final numbers without those that measure the machine. */
  private static JsonNode results(RunDirectory run) {
    ObjectNode summary = JsonFiles.object(run.summary());
    NO_RESULT.forEach(summary::remove);
    return summary;
  }

  private static Optional<String> parameters(RunDirectory before, RunDirectory after) {
    Optional<Path> there = Checkpoint.latest(before.checkpoints());
    Optional<Path> here = Checkpoint.latest(after.checkpoints());
    if (there.isEmpty() || here.isEmpty()) {
      return Optional.empty(); // somebody removed them; the numbers are there
    }
    String a = Digests.sha256(List.of(there.get()));
    String b = Digests.sha256(List.of(here.get()));
    return a.equals(b)
        ? Optional.empty()
        : Optional.of(
            "the trained parameters differ (SHA-256 %s.. there, %s.. here)"
                .formatted(a.substring(0, 12), b.substring(0, 12)));
  }

  private static List<String> causes(RunDirectory before, RunDirectory after) {
    ObjectNode there = JsonFiles.object(before.provenance());
    ObjectNode here = JsonFiles.object(after.provenance());
    there.remove("data"); // the same content may lie elsewhere
    here.remove("data");
    return JsonDifference.of(there, here);
  }
}
