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
import java.util.Objects;
import org.jmoe.block.ShapedBlock;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Low-rank changes of frozen weights (LoRA, Hu et al. 2021): {@code W + (alpha / r) A B} with A of
 * small random numbers and B of zeros at first. Of a stack of experts (E, D, H) the factors are
 * stacks too, (E, D, r) and (E, r, H). Blocks read their weights through a parameter store, which
 * here adds the change: no block knows of it. Experts held in fewer bits have no such weights but
 * factors of rank 0, {@code in_down} and {@code in_up}; those the store replaces by the trained
 * ones, and the block adds their product (QLoRA, Dettmers et al. 2023, equation 5).
 */
public final class LowRank extends ShapedBlock {
  /** Weights that can be changed. */
  public enum Target {
    /** Both products of every expert, shared ones included. */
    EXPERTS(".*/(experts(/[0-9]+)?|shared/expert)/(in|out)"),
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

    boolean changes(String weight) {
      return targets.stream().anyMatch(target -> weight.matches(target.match));
    }

    double scale() {
      return alpha / rank;
    }
  }

  private static final String DOWN = "_down";
  private static final String UP = "_up";

  /**
   * The change of a weight.
   *
   * @param weight null where it is held in fewer bits
   */
  private record Factors(@Nullable Parameter weight, Parameter down, Parameter up) {}

  private final Spec spec;
  private final Map<String, Factors> factors = new LinkedHashMap<>(); // by the weight's name
  private final Map<Parameter, Factors> added = new HashMap<>(); // by the weight
  private final Map<Parameter, Parameter> downs = new HashMap<>(); // by the one of rank 0
  private final Map<Parameter, Parameter> ups = new HashMap<>();

  /**
   * Changes of some parameters, all of which it freezes.
   *
   * @param prefix of the parameters' names, which the factors' leave out
   */
  LowRank(Spec spec, List<Parameter> parameters, String prefix, Seed seed) {
    super(seed);
    this.spec = spec;
    Map<String, Parameter> named = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      parameter.freeze(true);
      named.put(parameter.getName(), parameter);
    }
    named.forEach(
        (name, parameter) -> {
          if (spec.changes(name)) {
            added.put(parameter, change(name, parameter, parameter.getShape(), prefix));
          } else if (name.endsWith(DOWN) && rank(parameter) == 0) {
            replace(name.substring(0, name.length() - DOWN.length()), named, prefix);
          }
        });
    Preconditions.checkArgument(
        !factors.isEmpty(), "the model has none of the weights that %s change", spec.targets());
  }

  private static long rank(Parameter down) {
    return down.getShape().tail();
  }

  /** Changes a weight that is there as factors of rank 0 alone. */
  private void replace(String weight, Map<String, Parameter> named, String prefix) {
    if (!spec.changes(weight)) {
      return;
    }
    Parameter down = Objects.requireNonNull(named.get(weight + DOWN)); // (E, D, 0)
    Parameter up = Objects.requireNonNull(named.get(weight + UP)); // (E, 0, H)
    Shape from = down.getShape();
    Shape shape = new Shape(from.get(0), from.get(1), up.getShape().tail()); // (E, D, H)
    Factors own = change(weight, null, shape, prefix);
    downs.put(down, own.down());
    ups.put(up, own.up());
  }

  private Factors change(String name, @Nullable Parameter weight, Shape shape, String prefix) {
    long[] sizes = shape.getShape().clone(); // (.., D, H)
    String own = name.substring(prefix.length());
    int axes = sizes.length;
    long inputs = sizes[axes - 2];
    long outputs = sizes[axes - 1];
    sizes[axes - 1] = spec.rank();
    Parameter down =
        weight(own + "/down", new Shape(sizes.clone()), 1 / Math.sqrt((double) inputs));
    sizes[axes - 2] = spec.rank();
    sizes[axes - 1] = outputs;
    Factors made = new Factors(weight, down, zeros(own + "/up", new Shape(sizes)));
    factors.put(name, made);
    return made;
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
      Parameter down = downs.get(parameter);
      if (down != null) {
        return delegate.getValue(down, device, training);
      }
      Parameter up = ups.get(parameter);
      NDArray value = delegate.getValue(up == null ? parameter : up, device, training);
      Factors own = added.get(parameter);
      if (up == null && own == null) {
        return value;
      }
      NDArray like = getManager().zeros(new Shape(0), value.getDataType(), device);
      return own == null
          ? Ops.scale(RoutingOps.castLike(like, value), spec.scale())
          : Ops.lowRank(
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
   * @throws IllegalStateException when some are held in fewer bits
   */
  public Map<String, NDArray> merged(NDManager scope) {
    return merged(Map.of(), scope);
  }

  /**
   * The changed weights by name, for a model without adapters.
   *
   * @param restored weights that the model holds in fewer bits, by name
   * @param scope owns the changed ones
   * @throws IllegalStateException when one that is held in fewer bits is not among the restored
   */
  public Map<String, NDArray> merged(Map<String, NDArray> restored, NDManager scope) {
    Map<String, NDArray> merged = new HashMap<>();
    factors.forEach(
        (name, own) -> {
          NDArray weight = own.weight() == null ? restored.get(name) : own.weight().getArray();
          merged.put(name, changed(requireWhole(name, weight), own, 1, scope));
        });
    return merged;
  }

  private static <T> T requireWhole(String name, @Nullable T weight) {
    if (weight == null) {
      throw new IllegalStateException(
          name + " is held in fewer bits, which take no change exactly; restore it first");
    }
    return weight;
  }

  private NDArray changed(NDArray weight, Factors own, int sign, NDManager scope) {
    return NoGrad.get(
        () -> {
          NDArray like = scope.zeros(new Shape(0), weight.getDataType(), weight.getDevice());
          return Ops.lowRank(
              like, weight, own.down().getArray(), own.up().getArray(), sign * spec.scale());
        });
  }

  /**
   * Adds the changes to the weights themselves, as they are at the moment.
   *
   * @throws IllegalStateException when some are held in fewer bits
   */
  public void merge() {
    add(1);
  }

  /** Takes the changes out of the weights again. */
  public void unmerge() {
    add(-1);
  }

  private void add(int sign) {
    factors.forEach((name, own) -> requireWhole(name, own.weight()));
    added.forEach(
        (parameter, own) -> {
          NDArray weight = parameter.getArray();
          try (NDManager scope = weight.getManager().newSubManager()) {
            FusedUpdates.copyAll(List.of(weight), List.of(changed(weight, own, sign, scope)));
          }
        });
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    throw new UnsupportedOperationException(path() + ": adapters are part of a model");
  }
}
