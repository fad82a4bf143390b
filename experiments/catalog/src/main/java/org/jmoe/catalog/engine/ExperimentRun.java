package org.jmoe.catalog.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jmoe.io.DirectoryLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs the unfinished trials of an experiment, every arm with every seed. All arms of a seed run
 * before the next seed, so an interrupted experiment still has complete comparisons.
 *
 * @param experiment experiment to run
 * @param budget compute budget
 * @param seeds number of seeds, starting at 1
 * @param folder output folder
 */
public record ExperimentRun(
    Experiment experiment, Budget budget, int seeds, ExperimentFolder folder) {

  /** Receives the progress of an experiment, possibly from several threads at once. */
  public interface Listener {
    /** Reports the fraction of a trial that is done, in [0, 1]. */
    void progress(TrialHost.Job job, double share, String state);

    /** Reports a finished trial. */
    void finished(TrialHost.Job job, Outcome outcome);

    /** Returns whether to stop. */
    boolean shouldStop();
  }

  /** Returns the unfinished trials in execution order. */
  public List<TrialHost.Job> open() {
    List<TrialHost.Job> jobs = new ArrayList<>();
    List<Arm> arms = experiment.arms(budget);
    for (long seed = 1; seed <= seeds; seed++) {
      for (Arm arm : arms) {
        if (folder.outcome(arm.name(), seed).isEmpty()) {
          jobs.add(
              new TrialHost.Job(experiment, budget, arm, seed, folder.trial(arm.name(), seed)));
        }
      }
    }
    return jobs;
  }

  /**
   * Runs the unfinished trials.
   *
   * @param workers number of concurrent trials
   * @throws CancellationException if stopped; the same call resumes
   */
  public Results execute(TrialHost host, int workers, Listener listener) {
    begin();
    each(workers, listener, (job, stop) -> run(job, host, stop, listener));
    return folder.results(experiment.arms(budget).stream().map(Arm::name).toList(), seeds);
  }

  /**
   * Runs those unfinished trials that no other process has claimed, and returns without waiting for
   * the others.
   *
   * @param workers number of concurrent trials
   * @return the trials that other processes hold
   * @throws CancellationException if stopped; the same call resumes
   */
  public List<TrialHost.Job> claim(TrialHost host, int workers, Listener listener) {
    begin();
    TrialClaims claims = new TrialClaims(folder);
    AtomicBoolean claimed = new AtomicBoolean();
    do { // again, since a process may have ended without finishing its trial
      claimed.set(false);
      each(
          workers,
          listener,
          (job, stop) -> {
            Optional<DirectoryLock> claim = claims.claim(job);
            if (claim.isPresent()) {
              claimed.set(true);
              try {
                run(job, host, stop, listener);
              } finally {
                claim.get().close();
              }
            }
          });
    } while (claimed.get());
    return open();
  }

  /** Creates the folder, or continues one of the same experiment; see {@link ExperimentFolder}. */
  public void begin() {
    folder.begin(new ExperimentFolder.Content(experiment.name(), budget.quick(), seeds));
  }

  private void each(
      int workers, Listener listener, BiConsumer<TrialHost.Job, BooleanSupplier> action) {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    BooleanSupplier stop = () -> failure.get() != null || listener.shouldStop();
    ExecutorService pool = Executors.newFixedThreadPool(workers);
    try {
      CompletableFuture<?>[] all =
          open().stream()
              .map(job -> CompletableFuture.runAsync(() -> action.accept(job, stop), pool))
              .map(f -> f.whenComplete((nothing, e) -> failure.compareAndSet(null, e)))
              .toArray(CompletableFuture<?>[]::new);
      CompletableFuture.allOf(all).join();
    } catch (CompletionException e) {
      Throwable first = failure.get(); // the others were only asked to stop
      throw first != null && first.getCause() instanceof RuntimeException cause ? cause : e;
    } finally {
      pool.shutdown();
    }
  }

  private void run(TrialHost.Job job, TrialHost host, BooleanSupplier stop, Listener listener) {
    if (stop.getAsBoolean()) {
      throw new CancellationException("stopped; repeat the command to resume");
    }
    host.run(
        job,
        new TrialListener() {
          @Override
          public void progress(double share, String state) {
            listener.progress(job, share, state);
          }

          @Override
          public boolean shouldStop() {
            return stop.getAsBoolean();
          }
        });
    listener.finished(job, folder.outcome(job.arm().name(), job.seed()).orElseThrow());
  }
}
