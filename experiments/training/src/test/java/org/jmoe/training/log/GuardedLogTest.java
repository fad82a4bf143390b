package org.jmoe.training.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.evaluation.Evaluation;
import org.junit.jupiter.api.Test;

final class GuardedLogTest {
  @Test
  void warnsOnce() {
    List<String> events = new ArrayList<>();
    TrainingListener failing =
        new TrainingListener() {
          @Override
          public void stepped(StepReport report) {
            events.add("step");
            throw new UncheckedIOException("cannot reach it", new IOException("refused"));
          }

          @Override
          public void evaluated(long step, Evaluation evaluation) {
            events.add("evaluation");
          }

          @Override
          public void ended() {
            events.add("end");
          }
        };
    List<String> warnings = new ArrayList<>();
    GuardedLog guarded = new GuardedLog("mine", failing, warnings::add);
    guarded.started(0);
    guarded.evaluated(0, new Evaluation(1, 1, 1, Map.of()));
    guarded.stepped(StepReport.of(0, 1, 1).withUpdate(1, 1));
    guarded.stepped(StepReport.of(1, 1, 1).withUpdate(1, 1));
    guarded.ended();
    assertEquals(List.of("evaluation", "step"), events);
    assertEquals(
        List.of(
            "warning: the logger mine failed (cannot reach it: java.io.IOException: refused);"
                + " training continues without it"),
        warnings);
  }
}
