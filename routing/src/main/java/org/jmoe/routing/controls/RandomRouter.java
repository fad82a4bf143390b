package org.jmoe.routing.controls;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.ExpertSlots;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * Control: k distinct random experts per token, each with weight {@code 1 / k} (as the random
 * logits used by Megatron-LM and others in balanced benchmarks). A given draw u selects {@code
 * floor(u E)} as the first expert, followed by the next ones.
 */
public final class RandomRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param capacity of the experts
   */
  public record Spec(int k, Capacity capacity) implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new RandomRouter(this, dim, experts, seed);
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.COUPLED);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
              "random",
              "control: random experts",
              ImmutableMap.of(PresetField.K, 1.0),
              (v, c) -> new Spec(v.k(), c)));

  private final Spec spec;

  private RandomRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray column = ExpertSlots.expertIds(logits).get(new NDIndex(":, 0:{}", spec.k())); // (T, K)
    NDArray choices; // (T, K)
    if (context.given() != null && context.given().uniform() != null) {
      NDArray first =
          Ops.cast(Ops.scale(context.uniform(logits), experts()).floor(), DataType.INT64);
      choices = Ops.remainder(first.expandDims(1).add(column), experts());
    } else {
      choices = Ops.top(Ops.uniform(logits.stopGradient(), context.seed()), spec.k());
    }
    NDArray weights = // (T, K)
        Ops.scale(Ops.cast(choices.onesLike(), logits.getDataType()), 1.0 / spec.k());
    return Routing.of(logits, Ops.softmax(logits), choices, weights, spec.capacity(), context);
  }
}
