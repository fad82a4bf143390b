package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jmoe.catalog.Catalog;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.ExperimentFolder;
import org.jmoe.catalog.engine.InProcessHost;
import org.jmoe.catalog.engine.TrialHost;
import org.jmoe.catalog.engine.TrialListener;
import org.jmoe.extension.Extensions;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.run.Execution;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExperimentCommandsTest {
  @TempDir Path folder = Path.of("");

  @Test
  void listsEveryExperiment() {
    Run run = Run.of("experiment", "list");
    assertEquals(0, run.code());
    Catalog.of(Extensions.load())
        .experiments()
        .forEach(e -> assertTrue(run.out().contains(e.name()), run.out()));
  }

  @Test
  void wrongUsageIsOneSentence() {
    assertEquals(2, Run.of("experiment", "run").code());
    assertEquals(2, Run.of("experiment", "run", "vowels", "--all").code());
    assertEquals(2, Run.of("experiment", "run", "vowels", "--seeds", "0").code());
    Run unknown = Run.of("experiment", "run", "vowel", "--out", folder.resolve("x").toString());
    assertEquals(2, unknown.code());
    assertTrue(unknown.err().contains("unknown experiment 'vowel'; known experiments: clusters"));
    Run none = Run.of("experiment", "report", folder.toString());
    assertEquals(2, none.code());
    assertTrue(none.err().contains("is not an experiment folder"), none.err());
  }

  private TrialHost.Job job(String name) {
    Experiment experiment = Catalog.of(Extensions.load()).named("vowels");
    Budget budget = new Budget(true);
    return new TrialHost.Job(
        experiment,
        budget,
        experiment.arms(budget).get(0),
        1,
        new ExperimentFolder(folder.resolve(name)).trial("experts-4", 1));
  }

  /** A trial in a child process has the same outcome as in this process. */
  @Test
  void trialsInOtherProcessesHaveTheSameOutcome() {
    AtomicInteger reports = new AtomicInteger();
    new ProcessHost(ImmutableList.of())
        .run(
            job("process"),
            new TrialListener() {
              @Override
              public void progress(double share, String state) {
                reports.incrementAndGet();
              }

              @Override
              public boolean shouldStop() {
                return false;
              }
            });
    new InProcessHost().run(job("here"), TrialListener.none());
    assertTrue(reports.get() > 0);
    assertEquals(
        new ExperimentFolder(folder.resolve("here")).outcome("experts-4", 1),
        new ExperimentFolder(folder.resolve("process")).outcome("experts-4", 1));
  }

  @Test
  void stopsATrialOnRequest() {
    TrialListener stopping =
        new TrialListener() {
          @Override
          public void progress(double share, String state) {}

          @Override
          public boolean shouldStop() {
            return true;
          }
        };
    assertThrows(
        CancellationException.class,
        () -> new ProcessHost(ImmutableList.of()).run(job("e"), stopping));
    assertTrue(new ExperimentFolder(folder.resolve("e")).outcome("experts-4", 1).isEmpty());
  }

  @Test
  void reproducesAndCompares() throws Exception {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder));
    Path a = folder.resolve("a");
    Path b = folder.resolve("b");
    org.jmoe.training.run.Run.of(config).execute(a, Execution.plain());
    org.jmoe.training.run.Run.of(config.withSeed(2)).execute(b, Execution.plain());
    Run same = Run.of("reproduce", a.toString());
    assertEquals(0, same.code(), same.err());
    assertTrue(same.out().contains("bit-exact: 4 steps"), same.out());
    Files.writeString(
        a.resolve("summary.json"),
        Files.readString(a.resolve("summary.json"))
            .replaceFirst("\"validationNats\" : [0-9.]+", "\"validationNats\" : 1.25"));
    Run other = Run.of("reproduce", a.toString(), "--out", folder.resolve("again").toString());
    assertEquals(1, other.code());
    assertTrue(other.out().contains("validationNats: 1.25 before"), other.out());
    assertTrue(Files.exists(folder.resolve("again/summary.json")));
    Run compared = Run.of("compare", a.toString(), b.toString());
    assertEquals(0, compared.code());
    assertTrue(compared.out().contains("validationNats"), compared.out());
  }
}
