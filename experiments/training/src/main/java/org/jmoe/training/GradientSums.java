package org.jmoe.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.Ops;

/**
 * Gradients of one optimizer step for the parameters of one replica, accumulated over its
 * micro-batches. They are new arrays in every step and are freed at its end, so nothing has to be
 * zeroed and a skipped step leaves no state.
 */
final class GradientSums implements AutoCloseable {
  private final NDManager manager;
  private final List<NDArray> parameters;
  private final List<Optional<NDArray>> sums;

  GradientSums(NDManager parent, List<NDArray> parameters) {
    manager = parent.newSubManager();
    this.parameters = parameters;
    sums = new ArrayList<>(Collections.nCopies(parameters.size(), Optional.empty()));
  }

  /** Returns an empty accumulator for the same parameters. */
  GradientSums empty(NDManager parent) {
    return new GradientSums(parent, parameters);
  }

  /** Adds the gradients of {@link Gradients#allowUnused outputs} and frees their autograd graph. */
  void addOf(List<NDArray> outputs, List<NDArray> weights) {
    add(Gradients.allowUnused(manager, outputs, weights, parameters));
  }

  /**
   * Adds the gradients and returns those with respect to further inputs, zeros for those without.
   */
  List<NDArray> addOf(List<NDArray> outputs, List<NDArray> weights, List<NDArray> further) {
    List<NDArray> inputs = new ArrayList<>(parameters);
    inputs.addAll(further);
    List<Optional<NDArray>> found = Gradients.allowUnused(manager, outputs, weights, inputs);
    add(found.subList(0, parameters.size()));
    List<NDArray> gradients = new ArrayList<>(further.size());
    for (int i = 0; i < further.size(); i++) {
      NDArray input = further.get(i);
      gradients.add(found.get(parameters.size() + i).orElseGet(() -> zeros(input)));
    }
    return gradients;
  }

  /** Adds gradients in the order of the parameters and takes ownership of them. */
  private void add(List<Optional<NDArray>> gradients) {
    for (int i = 0; i < gradients.size(); i++) {
      Optional<NDArray> sum = sums.get(i);
      Optional<NDArray> more = gradients.get(i);
      if (sum.isPresent() && more.isPresent()) {
        sums.set(i, Optional.of(sum(sum.get(), more.get())));
      } else if (more.isPresent()) {
        more.get().attach(manager);
        sums.set(i, more);
      }
    }
  }

  /** Adds out of place, since gradients may share memory, and frees both arguments. */
  private static NDArray sum(NDArray sum, NDArray more) {
    NDArray here = sum.getDevice().equals(more.getDevice()) ? more : Ops.moveTo(more, sum);
    NDArray both = sum.add(here);
    sum.close();
    more.close();
    here.close();
    return both;
  }

  /** Adds the gradients of another replica and takes ownership of them. */
  void add(GradientSums other) {
    add(other.sums);
  }

  /** Returns all gradients, with zeros for parameters that the loss does not depend on. */
  List<NDArray> all() {
    List<NDArray> all = new ArrayList<>(sums.size());
    for (int i = 0; i < sums.size(); i++) {
      NDArray like = parameters.get(i);
      all.add(sums.get(i).orElseGet(() -> zeros(like)));
    }
    return all;
  }

  private NDArray zeros(NDArray like) {
    return manager.zeros(like.getShape(), like.getDataType(), like.getDevice());
  }

  @Override
  public void close() {
    manager.close();
  }
}
