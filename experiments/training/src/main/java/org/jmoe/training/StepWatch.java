package org.jmoe.training;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Tells of steps that look wrong, each kind of fault once. */
final class StepWatch {
  private final LossWatch loss = new LossWatch();
  private final CollapseWatch collapse = new CollapseWatch();
  private final Set<String> toldOf = new HashSet<>();
  private final TrainingListener listener;

  StepWatch(TrainingListener listener) {
    this.listener = listener;
  }

  void step(StepReport report) {
    loss.step(report.step(), report.nats()).ifPresent(listener::told);
    collapse.step(report).ifPresent(listener::told);
  }

  void skipped(int count, int most, DivergedException cause) {
    listener.told(
        "warning: skipped (%d of at most %d): %s".formatted(count, most, cause.getMessage()));
  }

  /** Tokens that routers left out, by the router's path. */
  void dropped(long step, Map<String, Long> tokens) {
    tokens.forEach(
        (router, count) -> {
          if (toldOf.add(router)) {
            listener.told(
                "warning: step %d: %s dropped %d tokens whose logits are NaN or infinite; later ones are not told"
                    .formatted(step, router, count));
          }
        });
  }
}
