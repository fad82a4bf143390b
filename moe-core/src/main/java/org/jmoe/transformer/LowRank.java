package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.ShapedBlock;

/**
 * Low-rank changes of frozen weights (LoRA, Hu et al. 2021): {@code W + (alpha / r) A B} with A of
 * small random numbers and B of zeros at first. Of a stack of experts (E, D, H) the factors are
 * stacks too, (E, D, r) and (E, r, H). Blocks read their weights through a parameter store, which
 * here adds the change: no block knows of it.
 */
public final class LowRank extends ShapedBlock {
  /** Weights that can be changed. */
  public enum Target {
    /** Both products of every expert, shared ones included. */
    EXPERTS(".*/(experts|shared/expert)/(in|out)"),
    /** All products of attention. */
    ATTENTION(".*/attention/(in|out|query|query_down|down|up)");

    private final String match;

    Target(String match) {
      this.match = match;
    }
  }

  /**
   * Settings.
   *
   * @param rank r
   * @param alpha what the change is multiplied by, over r
   * @param targets which weights are changed
   */
  public record Spec(int rank, double alpha, List<Target> targets) {
    /** Checks the numbers. */
    public Spec {
      Preconditions.checkArgument(rank >= 1, "rank must be at least 1, not %s", rank);
      Preconditions.checkArgument(
          alpha > 0 && Double.isFinite(alpha), "alpha must be above 0 and finite, not %s", alpha);
      targets = ImmutableList.copyOf(targets);
      Preconditions.checkArgument(
          !targets.isEmpty(), "targets names no weights; choose of EXPERTS and ATTENTION");
    }

    boolean changes(Parameter parameter) {
      return targets.stream().anyMatch(target -> parameter.getName().matches(target.match));
    }

    double scale() {
      return alpha / rank;
    }
  }

  private record Factors(Parameter weight, Parameter down, Parameter up) {}

  private final Spec spec;
  private final Map<Parameter, Factors> factors = new LinkedHashMap<>();

  /**
   * Changes of some parameters, all of which it freezes.
   *
   * @param prefix of the parameters' names, which the factors' leave out
   */
  LowRank(Spec spec, List<Parameter> parameters, String prefix, Seed seed) {
    super(seed);
    this.spec = spec;
    for (Parameter parameter : parameters) {
      parameter.freeze(true);
      if (spec.changes(parameter)) {
        String name = parameter.getName().substring(prefix.length());
        factors.put(parameter, factors(parameter, name));
      }
    }
    Preconditions.checkArgument(
        !factors.isEmpty(), "the model has none of the weights that %s change", spec.targets());
  }

  private Factors factors(Parameter parameter, String name) {
    long[] shape = parameter.getShape().getShape().clone(); // (.., D, H)
    int axes = shape.length;
    long inputs = shape[axes - 2];
    long outputs = shape[axes - 1];
    shape[axes - 1] = spec.rank();
    Parameter down =
        weight(name + "/down", new Shape(shape.clone()), 1 / Math.sqrt((double) inputs));
    shape[axes - 2] = spec.rank();
    shape[axes - 1] = outputs;
    return new Factors(parameter, down, zeros(name + "/up", new Shape(shape)));
  }

  /** A store whose weights are the changed ones. */
  ParameterStore over(ParameterStore ps) {
    return RecordingStore.over(ps, Changed::new);
  }

  /** Gives the changed weights; they end with the pass. */
  private final class Changed extends ParameterStore {
    private final ParameterStore delegate;

    Changed(ParameterStore delegate) {
      super(delegate.getManager(), false);
      this.delegate = delegate;
    }

    @Override
    public NDArray getValue(Parameter parameter, ai.djl.Device device, boolean training) {
      NDArray value = delegate.getValue(parameter, device, training);
      Factors own = factors.get(parameter);
      if (own == null) {
        return value;
      }
      NDArray like = getManager().zeros(new Shape(0), value.getDataType(), device);
      return Ops.lowRank(
          like,
          value,
          delegate.getValue(own.down(), device, training),
          delegate.getValue(own.up(), device, training),
          spec.scale());
    }

    @Override
    public NDManager getManager() {
      return delegate.getManager();
    }
  }

  /**
   * The changed weights by name, for a model without adapters.
   *
   * @param scope owns them
   */
  public Map<String, NDArray> merged(NDManager scope) {
    Map<String, NDArray> merged = new HashMap<>();
    factors.forEach((weight, own) -> merged.put(weight.getName(), changed(own, 1, scope)));
    return merged;
  }

  private NDArray changed(Factors own, int sign, NDManager scope) {
    return NoGrad.get(
        () -> {
          NDArray weight = own.weight().getArray();
          NDArray like = scope.zeros(new Shape(0), weight.getDataType(), weight.getDevice());
          return Ops.lowRank(
              like, weight, own.down().getArray(), own.up().getArray(), sign * spec.scale());
        });
  }

  /** Adds the changes to the weights themselves, as they are at the moment. */
  public void merge() {
    add(1);
  }

  /** Takes the changes out of the weights again. */
  public void unmerge() {
    add(-1);
  }

  private void add(int sign) {
    factors.forEach(
        (weight, own) -> {
          try (NDManager scope = weight.getArray().getManager().newSubManager()) {
            FusedUpdates.copyAll(List.of(weight.getArray()), List.of(changed(own, sign, scope)));
          }
        });
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    throw new UnsupportedOperationException(path() + ": adapters are part of a model");
  }
}
