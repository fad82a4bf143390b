package org.jmoe.experiments.train;

/** Tells of steps that look wrong, each kind of fault once. */
final class StepWatch {
  private final LossWatch loss = new LossWatch();
  private final CollapseWatch collapse = new CollapseWatch();
  private final TrainingListener listener;

  StepWatch(TrainingListener listener) {
    this.listener = listener;
  }

  void step(StepReport report) {
    loss.step(report.step(), report.nats()).ifPresent(listener::told);
    collapse.step(report).ifPresent(listener::told);
  }
}
