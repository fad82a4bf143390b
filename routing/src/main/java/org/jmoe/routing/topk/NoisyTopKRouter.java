package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.GaussianNoise;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * Noisy top-k gating (Shazeer et al. 2017, equations 3 to 5): {@code h = x Wg + N(0, 1) (softplus(x
 * Wn) + 0.01)} in training, {@code h = x Wg} in evaluation; the weights are the softmax over the k
 * largest of h. Both weights are initialized to zero, as in the authors' code (tensor2tensor {@code
 * noisy_top_k_gating}); the paper's equation 4 lacks the 0.01.
 */
public final class NoisyTopKRouter extends ScoringRouter {
  private static final double MIN_STD = 1e-2;

  /**
   * Settings.
   *
   * @param k experts per token
   * @param capacity of the experts; the paper has no limit
   */
  public record Spec(int k, Capacity capacity) implements TopKSpec {
    /** Checks k. */
    public Spec {
      Checks.k(k);
    }

    /** The settings of the paper. */
    public static Spec of(int k) {
      return new Spec(k, Capacity.dropless());
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new NoisyTopKRouter(this, dim, experts, seed);
    }

    @Override
    public long parameters(int dim, int experts) {
      return Math.multiplyExact(2L * dim, experts);
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.NOISE);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "shazeer-noisy-top-k",
                  "Shazeer et al. 2017, Outrageously Large Neural Networks",
                  ImmutableMap.of(PresetField.K, 4.0, PresetField.NOISE_STD, Math.log(2) + 0.01),
                  (v, c) -> new Spec(v.k(), c))
              .withCapacity(PublishedCapacity.MEGATRON, DropOrder.K_MAJOR));

  private final Spec spec;
  private final Parameter noise; // (D, E)

  private NoisyTopKRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed, 0);
    this.spec = spec;
    noise = zeros("noise", new Shape(dim, experts));
  }

  @Override
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    NDArray given = context.givenNoise(); // (T, E)
    if (given != null && context.training()) {
      return withGivenNoise(logits, given, context);
    }
    if (!context.drawsNoise()) {
      return choose(logits, logits, context);
    }
    NDArray raw = tokens.matMul(castValue(ps, noise, tokens, true)); // (T, E)
    NDArray std = Ops.shift(Activation.softPlus(raw), MIN_STD); // (T, E)
    NDArray normal = Ops.normal(logits.stopGradient(), context.seed().child("noise")); // (T, E)
    NDArray noisy = logits.add(std.mul(normal)); // (T, E)
    Routing routing = choose(logits, noisy, context);
    return new Routing(routing.plan(), routing.signals().withNoise(noisy, std));
  }

  /** Routes with given noise; its standard deviation is used only by load estimators. */
  private Routing withGivenNoise(NDArray logits, NDArray noise, RouterContext context) {
    NDArray noisy = logits.add(noise); // (T, E)
    return GaussianNoise.withNoise(choose(logits, noisy, context), logits, noisy, context, 0);
  }

  private Routing choose(NDArray logits, NDArray scores, RouterContext context) {
    NDArray choices = Ops.top(scores, spec.k()); // (T, K)
    NDArray weights = Ops.softmax(scores.gather(choices, 1)); // (T, K)
    return Routing.of(logits, Ops.softmax(scores), choices, weights, spec.capacity(), context);
  }
}
