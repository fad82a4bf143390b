package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Tutel's cosine router (Chi et al. 2022, equation 3; {@code gates/cosine_top.py}): {@code l =
 * cos(W x + b, M_e) exp(t)}, where t is initialized to ln 2 and clamped to at most ln 100; then
 * top-k of a softmax, divided by the sum if k > 1.
 */
public final class CosineRouter extends GatedRouter {
  private static final double MAX_SCALE = 100;
  private static final double MIN_LENGTH = 1e-12;

  /**
   * Settings.
   *
   * @param k experts per token
   * @param projection width of the projected token; 0 for no projection
   * @param scale initial value of {@code exp(t)}; 2 upstream
   * @param normalise whether the weights are divided by their sum
   * @param capacity of the experts
   */
  public record Spec(int k, int projection, double scale, boolean normalise, Capacity capacity)
      implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Checks.positive(scale, "scale");
      Preconditions.checkArgument(
          projection >= 0, "projection must be at least 0, not %s", projection);
    }

    /** Tutel's settings, with a projection to width 256. */
    public static Spec of(int k) {
      return new Spec(k, 256, 2, true, Capacity.dropless());
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new CosineRouter(this, dim, experts, seed);
    }

    @Override
    public long parameters(int dim, int experts) {
      long projected = projection == 0 ? 0 : Math.multiplyExact(dim + 1L, projection);
      return projected + (long) (projection == 0 ? dim : projection) * experts + 1;
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.NONLINEAR);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "cosine",
                  "Chi et al. 2022, On the Representation Collapse of Sparse MoE (Tutel)",
                  ImmutableMap.of(
                      PresetField.K, 2.0, PresetField.SCALE, 2.0, PresetField.NORMALISE, 1.0),
                  (v, c) ->
                      new Spec(
                          v.k(), 0, v.number(PresetField.SCALE), v.on(PresetField.NORMALISE), c))
              .withCapacity(PublishedCapacity.TUTEL, DropOrder.K_MAJOR)
              .withLosses(RouterPreset.VariationFamily.TUTEL));

  private final Spec spec;
  private final Parameter temperature; // (1), ln of the scale relative to its initial value
  private final @Nullable Parameter projection; // (D, projection)
  private final @Nullable Parameter projectionBias; // (projection)

  private CosineRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, width(spec, dim), experts, seed, 1 / Math.sqrt(width(spec, dim)));
    this.spec = spec;
    temperature = zeros("temperature", new Shape(1));
    int width = spec.projection();
    projection =
        width == 0 ? null : weight("projection", new Shape(dim, width), 1 / Math.sqrt(dim));
    projectionBias = width == 0 ? null : zeros("projection_bias", new Shape(width));
  }

  private static int width(Spec spec, int dim) {
    return spec.projection() == 0 ? dim : spec.projection();
  }

  @Override
  protected NDArray score(ParameterStore ps, NDArray input, boolean training) {
    NDArray weight = gate(ps, input, training); // (D, E)
    NDArray x = input; // (T, D)
    if (projection != null && projectionBias != null) {
      x =
          input
              .matMul(value(ps, projection, input, training))
              .add(value(ps, projectionBias, input, training));
    }
    NDArray cosine =
        RoutingOps.normalize(x, 1, MIN_LENGTH)
            .matMul(
                RoutingOps.normalize(RoutingOps.castLike(input, weight), 0, MIN_LENGTH)); // (T, E)
    NDArray scale =
        Ops.scale(castValue(ps, temperature, input, training).exp(), spec.scale()); // (1)
    return cosine.mul(RoutingOps.clampMax(scale, MAX_SCALE));
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray choices = Ops.top(probs, spec.k()); // (T, K)
    NDArray weights = probs.gather(choices, 1); // (T, K)
    if (spec.normalise() && spec.k() > 1) {
      weights = weights.div(RoutingOps.clampMin(weights.sum(new int[] {1}, true), Math.ulp(1f)));
    }
    return Routing.of(logits, probs, choices, weights, spec.capacity(), context);
  }
}
