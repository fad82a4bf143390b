package org.jmoe.catalog.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries out an experiment: every arm under every seed, each trial that is not finished yet. All
 * arms of a seed come before the next seed, so that what breaks off leaves whole comparisons.
 *
 * @param experiment what is asked
 * @param budget how much it may cost
 * @param seeds how many, from 1 on
 * @param folder for everything
 */
public record ExperimentRun(
    Experiment experiment, Budget budget, int seeds, ExperimentFolder folder) {

  /** Hears how an experiment gets on; may be called by several threads at once. */
  public interface Listener {
    /** A trial stands at a share in [0, 1]. */
    void at(TrialHost.Order order, double share, String state);

    /** A trial is finished. */
    void finished(TrialHost.Order order, Outcome outcome);

    /** Whether to stop. */
    boolean stop();
  }

  /** The trials that are left to do, in their order. */
  public List<TrialHost.Order> open() {
    List<TrialHost.Order> orders = new ArrayList<>();
    List<Arm> arms = experiment.arms(budget);
    for (long seed = 1; seed <= seeds; seed++) {
      for (Arm arm : arms) {
        if (folder.outcome(arm.name(), seed).isEmpty()) {
          orders.add(
              new TrialHost.Order(experiment, budget, arm, seed, folder.trial(arm.name(), seed)));
        }
      }
    }
    return orders;
  }

  /**
   * Does what is left to do.
   *
   * @param workers trials at a time
   * @throws CancellationException when it was asked to stop; the same call goes on
   */
  public Results execute(TrialHost host, int workers, Listener listener) {
    folder.begin(new ExperimentFolder.Content(experiment.name(), budget.quick(), seeds));
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    BooleanSupplier stop = () -> failure.get() != null || listener.stop();
    ExecutorService pool = Executors.newFixedThreadPool(workers);
    try {
      CompletableFuture<?>[] all =
          open().stream()
              .map(
                  order ->
                      CompletableFuture.runAsync(() -> carryOut(order, host, stop, listener), pool))
              .map(f -> f.whenComplete((nothing, e) -> failure.compareAndSet(null, e)))
              .toArray(CompletableFuture<?>[]::new);
      CompletableFuture.allOf(all).join();
    } catch (CompletionException e) {
      Throwable first = failure.get(); // the others were only told to stop
      throw first != null && first.getCause() instanceof RuntimeException cause ? cause : e;
    } finally {
      pool.shutdown();
    }
    return folder.results(experiment.arms(budget).stream().map(Arm::name).toList(), seeds);
  }

  private void carryOut(
      TrialHost.Order order, TrialHost host, BooleanSupplier stop, Listener listener) {
    if (stop.getAsBoolean()) {
      throw new CancellationException("stopped; the same command goes on from there");
    }
    host.carryOut(
        order,
        new Watch() {
          @Override
          public void at(double share, String state) {
            listener.at(order, share, state);
          }

          @Override
          public boolean stop() {
            return stop.getAsBoolean();
          }
        });
    listener.finished(order, folder.outcome(order.arm().name(), order.seed()).orElseThrow());
  }
}
