package org.jmoe.routing.biased;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.layer.Selection;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * LongCat-Flash's router with zero-computation experts (Meituan 2025, section 2.1; Hugging Face
 * {@code longcat_flash}): softmax over the E experts and Z identities, chosen with a selection
 * bias, weights not renormalized. An identity returns the token itself.
 *
 * <p>The bias of expert i changes by {@code u (K_e / K * 1 / E - T_i / (K T))} in each optimizer
 * step, where T_i of the T tokens chose it; the bias of identities stays 0. K_e, the expected
 * number of real experts per token, is {@code K E / (E + Z)}: 8 for LongCat-Flash's 12 of 512 +
 * 256.
 */
public final class LongCatRouter extends BiasedRouter {
  /**
   * Settings.
   *
   * @param k experts and identities per token
   * @param zeroExperts number of identities Z, indexed after the experts
   * @param scalingFactor factor on the weights
   * @param updateRate u of the bias update; 0 for a constant bias
   * @param capacity of the experts
   */
  public record Spec(
      int k, int zeroExperts, double scalingFactor, double updateRate, Capacity capacity)
      implements RouterSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Preconditions.checkArgument(
          zeroExperts >= 0, "zeroExperts must be at least 0, not %s", zeroExperts);
      Checks.positive(scalingFactor, "scalingFactor");
      BiasedRouter.requireRate(updateRate);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts + zeroExperts);
      return new LongCatRouter(this, dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return Math.min(k, experts);
    }

    @Override
    public boolean causal() {
      return capacity.causal(k);
    }

    @Override
    public long parameters(int dim, int experts) {
      return Math.multiplyExact(dim + 1L, experts + (long) zeroExperts);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "longcat",
                  "Meituan 2025, LongCat-Flash technical report",
                  ImmutableMap.of(
                      PresetField.K,
                      12.0,
                      PresetField.SCALING_FACTOR,
                      6.0,
                      PresetField.UPDATE_RATE,
                      0.001,
                      PresetField.ZERO_EXPERTS,
                      0.0),
                  (v, c) ->
                      new Spec(
                          v.k(),
                          (int) v.number(PresetField.ZERO_EXPERTS),
                          v.number(PresetField.SCALING_FACTOR),
                          v.number(PresetField.UPDATE_RATE),
                          c))
              .withCapacity(PublishedCapacity.MEGATRON, DropOrder.PROBABILITY));

  private final Spec spec;

  private LongCatRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts + spec.zeroExperts(), seed, BiasUpdate.SIGN, spec.updateRate());
    this.spec = spec;
  }

  @Override
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E + Z)
    NDArray choices = Ops.top(biased(ps, probs, context.training()), spec.k()); // (T, K)
    NDArray weights = Ops.scale(probs.gather(choices, 1), spec.scalingFactor()); // (T, K)
    Selection selection = Selection.of(logits, probs, choices, weights);
    int computing = experts() - spec.zeroExperts();
    return Routing.of(selection.withComputing(computing), spec.capacity(), context);
  }

  @Override
  NDArray step(NDArray counts) {
    NDArray c = Ops.cast(counts, DataType.FLOAT64); // (E + Z)
    double choices = Math.max(1, Ops.sum(c)); // K T
    NDArray gap = // (E + Z)
        Ops.shift(Ops.scale(c, -1 / choices), 1.0 / experts());
    NDArray identity = Ops.positions(counts).gte(experts() - spec.zeroExperts()); // (E + Z)
    return RoutingOps.fill(Ops.scale(gap, spec.updateRate()), identity, 0);
  }
}
