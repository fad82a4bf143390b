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
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.NamedDevice;
import org.jmoe.transformer.LanguageModel;

/**
 * Copies of a model that share the micro-batches of each step: data parallelism within a process. A
 * thread serves each. Once in a step the gradients of all are added to those of the first, which
 * alone is optimised, and its parameters are copied back: the copies cannot drift apart, and the
 * optimizer's state exists once.
 */
public final class Replicas implements AutoCloseable {
  private final ImmutableList<LanguageModel> models;
  private final ImmutableList<NDManager> managers;
  private final ExecutorService threads;

  /**
   * Copies of one model, initialised, on their devices; their parameters become those of the first.
   *
   * @param managers that own their parameters
   */
  public Replicas(List<LanguageModel> models, List<NDManager> managers) {
    Preconditions.checkArgument(
        !models.isEmpty() && models.size() == managers.size(),
        "%s models need as many managers, not %s",
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

  /** One model alone. */
  public static Replicas alone(LanguageModel model, NDManager manager) {
    return new Replicas(List.of(model), List.of(manager));
  }

  /** How many there are. */
  public int count() {
    return models.size();
  }

  /** A copy of the model. */
  public LanguageModel model(int replica) {
    return models.get(replica);
  }

  /** The manager that owns a copy's parameters, on its device. */
  public NDManager manager(int replica) {
    return managers.get(replica);
  }

  /** The devices where the copies' dense parts are. */
  String devices() {
    return managers.stream()
        .map(m -> NamedDevice.of(m.getDevice()).toString())
        .distinct()
        .reduce((a, b) -> a + " or " + b)
        .orElse("");
  }

  /**
   * Does the same for each copy at once and waits for all; a failure of the lowest number is thrown
   * again.
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
          interrupted = true; // the work uses arrays that the caller frees, so it has to end first
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

  /** For each copy its arrays of some of the first's parameters. */
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

  /** Copies the parameters of the first to the others, and which of them are frozen. */
  void copyParameters() {
    if (count() == 1) {
      return; // listing a model's parameters makes garbage
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

  /** Ends the threads; the managers stay their owners'. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
