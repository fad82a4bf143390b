package org.jmoe.training;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Warns about suspicious steps, once per kind of problem. */
final class StepMonitor {
  private final LossMonitor loss = new LossMonitor();
  private final CollapseMonitor collapse = new CollapseMonitor();
  private final Set<String> warned = new HashSet<>();
  private final TrainingListener listener;

  StepMonitor(TrainingListener listener) {
    this.listener = listener;
  }

  void step(StepReport report) {
    loss.step(report.step(), report.nats()).ifPresent(listener::message);
    collapse.step(report).ifPresent(listener::message);
  }

  void skipped(int count, int most, DivergedException cause) {
    listener.message(
        "warning: skipped (%d of at most %d): %s".formatted(count, most, cause.getMessage()));
  }

  /** Reports dropped tokens, by path of the router. */
  void dropped(long step, Map<String, Long> tokens) {
    tokens.forEach(
        (router, count) -> {
          if (warned.add(router)) {
            listener.message(
                "warning: step %d: %s dropped %d tokens with non-finite logits; further occurrences are not reported"
                    .formatted(step, router, count));
          }
        });
  }
}
