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
import org.jmoe.block.DelegatingStore;
import org.jmoe.block.ShapedBlock;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.TransformerOps;
import org.jspecify.annotations.Nullable;

/**
 * Low-rank adapters of frozen weights (LoRA, Hu et al. 2021): {@code W + (alpha / r) A B}, with A
 * initialized to small random values and B to zeros. For a stack of experts (E, D, H), the factors
 * are stacks (E, D, r) and (E, r, H). Blocks read their weights through a parameter store, which
 * adds the adapters, so blocks need no changes. Quantized experts have no such weights but factors
 * of rank 0, {@code in_down} and {@code in_up}; the store replaces these by the trained factors,
 * and the block adds their product (QLoRA, Dettmers et al. 2023, equation 5).
 */
public final class LowRank extends ShapedBlock {
  /** Groups of weights that can be adapted. */
  public enum Target {
    /** Both projections of every expert, including shared experts. */
    EXPERTS(".*/(experts(/[0-9]+)?|shared/expert)/(in|out)"),
    /** All projections of attention. */
    ATTENTION(".*/attention/(in|out|gate|query|query_down|down|up)");

    private final String match;

    Target(String match) {
      this.match = match;
    }
  }

  /**
   * Settings.
   *
   * @param rank r
   * @param alpha scale of the update, divided by r
   * @param targets weights to adapt
   */
  public record Spec(int rank, double alpha, List<Target> targets) {
    /** Checks the values. */
    public Spec {
      Preconditions.checkArgument(rank >= 1, "rank must be at least 1, not %s", rank);
      Preconditions.checkArgument(
          alpha > 0 && Double.isFinite(alpha), "alpha must be above 0 and finite, not %s", alpha);
      targets = ImmutableList.copyOf(targets);
      Preconditions.checkArgument(
          !targets.isEmpty(), "targets is empty; specify EXPERTS, ATTENTION or both");
    }

    boolean adapts(String weight) {
      return targets.stream().anyMatch(target -> weight.matches(target.match));
    }

    double scale() {
      return alpha / rank;
    }
  }

  private static final String DOWN = "_down";
  private static final String UP = "_up";

  private final Spec spec;
  private final Map<String, LowRankFactors> factors = new LinkedHashMap<>(); // by weight name
  private final Map<Parameter, LowRankFactors> added = new HashMap<>(); // by weight
  private final Map<Parameter, Parameter> downs = new HashMap<>(); // by factor of rank 0
  private final Map<Parameter, Parameter> ups = new HashMap<>();

  /**
   * Creates adapters and freezes all parameters.
   *
   * @param prefix of the parameter names, left out in the names of the factors
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
          if (spec.adapts(name)) {
            added.put(parameter, change(name, parameter, parameter.getShape(), prefix));
          } else if (name.endsWith(DOWN) && rank(parameter) == 0) {
            replace(name.substring(0, name.length() - DOWN.length()), named, prefix);
          }
        });
    Preconditions.checkArgument(
        !factors.isEmpty(), "the model has no weights for targets %s", spec.targets());
  }

  private static long rank(Parameter down) {
    return down.getShape().tail();
  }

  /** Adapts a quantized weight by replacing its factors of rank 0. */
  private void replace(String weight, Map<String, Parameter> named, String prefix) {
    if (!spec.adapts(weight)) {
      return;
    }
    Parameter down = Objects.requireNonNull(named.get(weight + DOWN)); // (E, D, 0)
    Parameter up = Objects.requireNonNull(named.get(weight + UP)); // (E, 0, H)
    Shape from = down.getShape();
    Shape shape = new Shape(from.get(0), from.get(1), up.getShape().tail()); // (E, D, H)
    LowRankFactors created = change(weight, null, shape, prefix);
    downs.put(down, created.down());
    ups.put(up, created.up());
  }

  private LowRankFactors change(
      String name, @Nullable Parameter weight, Shape shape, String prefix) {
    long[] sizes = shape.getShape().clone(); // (.., D, H)
    String local = name.substring(prefix.length());
    int axes = sizes.length;
    long inputs = sizes[axes - 2];
    long outputs = sizes[axes - 1];
    sizes[axes - 1] = spec.rank();
    Parameter down =
        weight(local + "/down", new Shape(sizes.clone()), 1 / Math.sqrt((double) inputs));
    sizes[axes - 2] = spec.rank();
    sizes[axes - 1] = outputs;
    LowRankFactors made = new LowRankFactors(weight, down, zeros(local + "/up", new Shape(sizes)));
    factors.put(name, made);
    return made;
  }

  /** Wraps a store so that it returns adapted weights. */
  ParameterStore over(ParameterStore ps) {
    return RecordingStore.over(ps, Adapted::new);
  }

  /** Returns adapted weights, which are freed with the pass. */
  private final class Adapted extends DelegatingStore {
    Adapted(ParameterStore delegate) {
      super(delegate);
    }

    @Override
    public NDArray getValue(Parameter parameter, ai.djl.Device device, boolean training) {
      Parameter down = downs.get(parameter);
      if (down != null) {
        return delegate().getValue(down, device, training);
      }
      Parameter up = ups.get(parameter);
      NDArray value = delegate().getValue(up == null ? parameter : up, device, training);
      LowRankFactors pair = added.get(parameter);
      if (up == null && pair == null) {
        return value;
      }
      NDArray like = getManager().zeros(new Shape(0), value.getDataType(), device);
      return pair == null
          ? Ops.scale(RoutingOps.castLike(like, value), spec.scale())
          : TransformerOps.lowRank(
              like,
              value,
              delegate().getValue(pair.down(), device, training),
              delegate().getValue(pair.up(), device, training),
              spec.scale());
    }
  }

  /**
   * Returns the adapted weights by name, for a model without adapters.
   *
   * @param scope owner of the result
   * @throws IllegalStateException if some weights are quantized
   */
  public Map<String, NDArray> merged(NDManager scope) {
    return merged(Map.of(), scope);
  }

  /**
   * Returns the adapted weights by name, for a model without adapters.
   *
   * @param restored dequantized weights by name
   * @param scope owner of the result
   * @throws IllegalStateException if a quantized weight is not among the restored weights
   */
  public Map<String, NDArray> merged(Map<String, NDArray> restored, NDManager scope) {
    Map<String, NDArray> merged = new HashMap<>();
    factors.forEach(
        (name, pair) -> {
          NDArray weight = pair.weight() == null ? restored.get(name) : pair.weight().getArray();
          merged.put(
              name,
              pair.adapted(LowRankFactors.requireRestored(name, weight), spec.scale(), scope));
        });
    return merged;
  }

  /**
   * Adds the adapters to the weights in place.
   *
   * @throws IllegalStateException if some weights are quantized
   */
  public void merge() {
    add(1);
  }

  /** Subtracts the adapters from the weights again. */
  public void unmerge() {
    add(-1);
  }

  private void add(int sign) {
    factors.forEach((name, pair) -> LowRankFactors.requireRestored(name, pair.weight()));
    added.forEach(
        (parameter, pair) -> {
          NDArray weight = parameter.getArray();
          try (NDManager scope = weight.getManager().newSubManager()) {
            FusedUpdates.copyAll(
                List.of(weight), List.of(pair.adapted(weight, sign * spec.scale(), scope)));
          }
        });
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    throw new UnsupportedOperationException(path() + ": adapters are applied by their model");
  }
}
