package org.jmoe.experiments.train;

/** Looks on while a model trains. */
public interface TrainingListener {
  /** After every optimizer step. */
  void stepped(StepReport report);

  /** After every evaluation; step is the number of steps done. */
  void evaluated(long step, Evaluation evaluation);
}
