package org.jmoe.experiments.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jmoe.tensor.FusedUpdates;

/**
 * AdamW (Loshchilov and Hutter 2019) with parameter groups, its moments in reach and one native
 * call for each distinct pair of rate and decay.
 */
public final class AdamW implements AutoCloseable {
  /**
   * Settings.
   *
   * @param rate peak learning rate
   * @param beta1 decay of the mean
   * @param beta2 decay of the variance
   * @param epsilon added to the root of the variance
   * @param decay weight decay of the weights; biases and gains have none
   * @param clip largest global norm of the gradients; 0 for no limit
   * @param groups exceptions, the first that matches counts
   */
  public record Spec(
      double rate,
      double beta1,
      double beta2,
      double epsilon,
      double decay,
      double clip,
      List<ParameterGroup> groups) {
    /** Checks the numbers. */
    public Spec {
      Preconditions.checkArgument(
          rate > 0 && Double.isFinite(rate), "rate must be above 0 and finite, not %s", rate);
      Preconditions.checkArgument(
          beta1 >= 0 && beta1 < 1, "beta1 must be in [0, 1), not %s", beta1);
      Preconditions.checkArgument(
          beta2 >= 0 && beta2 < 1, "beta2 must be in [0, 1), not %s", beta2);
      Preconditions.checkArgument(
          epsilon > 0 && Double.isFinite(epsilon),
          "epsilon must be above 0 and finite, not %s",
          epsilon);
      Preconditions.checkArgument(
          decay >= 0 && Double.isFinite(decay),
          "decay must be at least 0 and finite, not %s",
          decay);
      Preconditions.checkArgument(
          clip >= 0 && Double.isFinite(clip),
          "clip must be at least 0 (for no limit) and finite, not %s",
          clip);
      groups = ImmutableList.copyOf(groups);
    }

    /** The usual settings of a language model. */
    public static Spec of(double rate) {
      return new Spec(rate, 0.9, 0.95, 1e-8, 0.1, 1, List.of());
    }
  }

  private record Factors(double rate, double decay) {}

  /** A parameter and its moments; all of its shape but the 0-d count of steps. */
  private record Slot(String path, NDArray value, NDArray mean, NDArray variance, NDArray step) {}

  private final Spec spec;
  private final NDManager manager;
  private final Map<Factors, List<Slot>> slots = new LinkedHashMap<>();

  /** Prepares moments of zero for every parameter that is trained, and freezes the others. */
  public AdamW(Spec spec, Block model, NDManager parent) {
    this.spec = spec;
    manager = parent.newSubManager();
    for (Parameter parameter : model.getParameters().values()) {
      ParameterGroup group = group(parameter.getName());
      if (group.frozen()) {
        parameter.freeze(true);
      }
      if (parameter.requiresGradient()) {
        boolean weight = parameter.getType() == Parameter.Type.WEIGHT;
        Factors factors = new Factors(group.rate(), weight ? group.decay() : 0);
        slots.computeIfAbsent(factors, f -> new ArrayList<>()).add(slot(parameter));
      }
    }
    Preconditions.checkArgument(!slots.isEmpty(), "every parameter is frozen; nothing would train");
  }

  private ParameterGroup group(String path) {
    return spec.groups().stream()
        .filter(g -> g.matches(path))
        .findFirst()
        .orElse(new ParameterGroup("", 1, 1, false));
  }

  private Slot slot(Parameter parameter) {
    NDArray value = parameter.getArray();
    return new Slot(
        parameter.getName(),
        value,
        manager.zeros(value.getShape(), value.getDataType()),
        manager.zeros(value.getShape(), value.getDataType()),
        manager.zeros(new Shape(), DataType.FLOAT32));
  }

  /**
   * Clips the gradients, updates the parameters and zeroes the gradients. Where the norm is not
   * finite nothing is touched: see {@link #undefinedGradient} and {@link #dropGradients}.
   *
   * @param schedule share of the peak rate
   * @return norm of all gradients before clipping
   */
  public double step(double schedule) {
    try (NDManager scope = manager.newSubManager()) {
      Map<Factors, List<NDArray>> gradients = new LinkedHashMap<>();
      slots.forEach((f, group) -> gradients.put(f, gradients(group, scope)));
      List<NDArray> all = gradients.values().stream().flatMap(List::stream).toList();
      double norm = FusedUpdates.globalNorm(all);
      if (!Double.isFinite(norm)) {
        return norm;
      }
      if (spec.clip() > 0 && norm > spec.clip()) {
        FusedUpdates.scaleAll(all, spec.clip() / norm);
      }
      slots.forEach(
          (factors, group) ->
              FusedUpdates.adamW(
                  group.stream().map(Slot::value).toList(),
                  gradients.getOrDefault(factors, List.of()),
                  group.stream().map(Slot::mean).toList(),
                  group.stream().map(Slot::variance).toList(),
                  group.stream().map(Slot::step).toList(),
                  spec.rate() * schedule * factors.rate(),
                  spec.beta1(),
                  spec.beta2(),
                  spec.decay() * factors.decay(),
                  spec.epsilon()));
      return norm;
    }
  }

  private static List<NDArray> gradients(List<Slot> group, NDManager scope) {
    List<NDArray> gradients = new ArrayList<>(group.size());
    for (Slot slot : group) {
      NDArray gradient = slot.value().getGradient();
      gradient.attach(scope);
      gradients.add(gradient);
    }
    return gradients;
  }

  /** Forgets the gradients of a step that is not taken. */
  public void dropGradients() {
    try (NDManager scope = manager.newSubManager()) {
      slots.values().forEach(group -> FusedUpdates.zeroAll(gradients(group, scope)));
    }
  }

  /** The path of the first parameter whose gradient has no finite norm, if there is one. */
  public Optional<String> undefinedGradient() {
    try (NDManager scope = manager.newSubManager()) {
      return slots.values().stream()
          .flatMap(List::stream)
          .filter(
              slot -> !Double.isFinite(FusedUpdates.globalNorm(gradients(List.of(slot), scope))))
          .map(Slot::path)
          .findFirst();
    }
  }

  /** Hands out the state by name: {@code path.mean}, {@code path.variance}, {@code path.step}. */
  public void forEachState(BiConsumer<String, NDArray> visitor) {
    for (List<Slot> group : slots.values()) {
      for (Slot slot : group) {
        visitor.accept(slot.path() + ".mean", slot.mean());
        visitor.accept(slot.path() + ".variance", slot.variance());
        visitor.accept(slot.path() + ".step", slot.step());
      }
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
