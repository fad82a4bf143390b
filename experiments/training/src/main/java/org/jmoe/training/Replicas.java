package org.jmoe.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import com.google.common.base.Preconditions;
import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.jmoe.device.NamedDevice;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.transformer.LanguageModel;

/**
 * Model replicas that share the micro-batches of each step: data parallelism within a process, one
 * thread per replica. Once per step, the gradients are summed into the first replica. Only that
 * replica is optimized, and its parameters are copied to the others, so replicas cannot diverge and
 * the optimizer state exists once.
 */
public final class Replicas implements AutoCloseable {
  private final ImmutableList<LanguageModel> models;
  private final ImmutableList<NDManager> managers;
  private final ExecutorService threads;

  /**
   * Creates replicas from initialized models; the parameters of the first are copied to the others.
   *
   * @param managers managers that own the parameters of each replica
   */
  public Replicas(List<LanguageModel> models, List<NDManager> managers) {
    Preconditions.checkArgument(
        !models.isEmpty() && models.size() == managers.size(),
        "%s models need the same number of managers, not %s",
        models.size(),
        managers.size());
    this.models = ImmutableList.copyOf(models);
    this.managers = ImmutableList.copyOf(managers);
    threads =
        Executors.newCachedThreadPool(
            work -> {
              Thread thread = new Thread(work, "replica");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Returns a single replica. */
  public static Replicas alone(LanguageModel model, NDManager manager) {
    return new Replicas(List.of(model), List.of(manager));
  }

  /** Returns the number of replicas. */
  public int count() {
    return models.size();
  }

  /** Returns the model of a replica. */
  public LanguageModel model(int replica) {
    return models.get(replica);
  }

  /** Returns the manager that owns the parameters of a replica. */
  public NDManager manager(int replica) {
    return managers.get(replica);
  }

  /** Returns the devices that hold the dense parameters of the replicas, for messages. */
  String devices() {
    return managers.stream()
        .map(m -> NamedDevice.of(m.getDevice()).toString())
        .distinct()
        .reduce((a, b) -> a + " or " + b)
        .orElse("");
  }

  /**
   * Runs {@code work} for all replicas in parallel and waits for all of them. If several fail,
   * rethrows the failure of the lowest index.
   */
  <T> List<T> each(IntFunction<T> work) {
    if (count() == 1) {
      return List.of(work.apply(0));
    }
    List<Future<T>> running = new ArrayList<>();
    for (int r = 0; r < count(); r++) {
      int replica = r;
      running.add(threads.submit(() -> work.apply(replica)));
    }
    List<T> results = new ArrayList<>();
    List<Throwable> failures = new ArrayList<>();
    boolean interrupted = false;
    for (Future<T> future : running) {
      boolean done = false;
      while (!done) {
        try {
          results.add(future.get());
          done = true;
        } catch (ExecutionException e) {
          failures.add(e.getCause() == null ? e : e.getCause());
          done = true;
        } catch (InterruptedException e) {
          interrupted = true; // the work uses arrays that the caller frees, so wait for its end
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (!failures.isEmpty()) {
      Throwables.throwIfUnchecked(failures.get(0));
      throw new IllegalStateException(failures.get(0));
    }
    return results;
  }

  /**
   * Returns, for each replica, the arrays that correspond to the given arrays of the first replica.
   */
  List<List<NDArray>> counterparts(List<NDArray> ofFirst) {
    IdentityHashMap<NDArray, Integer> positions = new IdentityHashMap<>();
    for (Parameter parameter : models.get(0).getParameters().values()) {
      positions.put(parameter.getArray(), positions.size());
    }
    List<List<NDArray>> counterparts = new ArrayList<>();
    for (LanguageModel model : models) {
      List<Parameter> own = model.getParameters().values();
      counterparts.add(
          ofFirst.stream()
              .map(array -> own.get(Objects.requireNonNull(positions.get(array))).getArray())
              .toList());
    }
    return counterparts;
  }

  /** Copies the parameters of the first replica, and whether each is frozen, to the others. */
  void copyParameters() {
    if (count() == 1) {
      return; // listing a model's parameters allocates
    }
    List<Parameter> first = models.get(0).getParameters().values();
    for (int r = 1; r < count(); r++) {
      List<Parameter> own = models.get(r).getParameters().values();
      for (int i = 0; i < own.size(); i++) {
        if (!first.get(i).requiresGradient() && own.get(i).requiresGradient()) {
          own.get(i).freeze(true);
        }
      }
      FusedUpdates.copyAll(
          own.stream().map(Parameter::getArray).toList(),
          first.stream().map(Parameter::getArray).toList());
    }
  }

  /** Stops the threads; does not close the managers. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
