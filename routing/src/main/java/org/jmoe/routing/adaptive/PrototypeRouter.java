package org.jmoe.routing.adaptive;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.AttentionOps;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.TransformerOps;

/**
 * Latent prototype routing (Yang 2025, arXiv 2506.21328; {@code TokenDistributionRouter} of the
 * authors): tokens are encoded as Gaussians in a space of width Z, {@code (m, log v) =
 * SiLU(LayerNorm(x)) W + b}, and experts are prototypes p there. The scores are {@code exp(-|m -
 * p|^2 / 2)}; the weights are a softmax over the k largest scores. {@link PrototypeRegularization}
 * keeps prototypes apart and near the tokens. The code has other similarities and a decoder too,
 * and may move the prototypes by a moving average; these are left out.
 */
public final class PrototypeRouter extends ScoringRouter {
  private static final double EPSILON = 1e-5;

  /**
   * Settings.
   *
   * @param k experts per token
   * @param width Z of the latent space
   * @param capacity of the experts
   */
  public record Spec(int k, int width, Capacity capacity) implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Preconditions.checkArgument(width >= 1, "width must be at least 1, not %s", width);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new PrototypeRouter(this, dim, experts, seed);
    }

    @Override
    public long parameters(int dim, int experts) {
      return Math.multiplyExact((long) width, 2L * dim + 2 + experts) + 2L * dim;
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
              "latent-prototypes",
              "Yang 2025, Latent Prototype Routing",
              ImmutableMap.of(PresetField.K, 8.0),
              (v, c) -> new Spec(v.k(), 16, c)));

  private final Spec spec;
  private final Parameter normWeight; // (D)
  private final Parameter normBias; // (D)
  private final Parameter encoder; // (D, 2 Z)
  private final Parameter encoderBias; // (2 Z)
  private final Parameter prototypes; // (E, Z)

  private PrototypeRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, 0, experts, seed, 0);
    this.spec = spec;
    normWeight = ones("norm_weight", new Shape(dim));
    normBias = zeros("norm_bias", new Shape(dim));
    encoder = weight("encoder", new Shape(dim, 2L * spec.width()), 1 / Math.sqrt(dim));
    encoderBias = zeros("encoder_bias", new Shape(2L * spec.width()));
    prototypes =
        weight("prototypes", new Shape(experts, spec.width()), 1 / Math.sqrt(spec.width()));
  }

  private NDArray latents(ParameterStore ps, NDArray x, boolean training) {
    NDArray normed = // (T, D)
        TransformerOps.layerNorm(
            x,
            castValue(ps, normWeight, x, training),
            castValue(ps, normBias, x, training),
            EPSILON);
    NDArray active = normed.mul(RoutingOps.sigmoid(normed)); // (T, D)
    return RoutingOps.scores(active, castValue(ps, encoder, x, training))
        .add(castValue(ps, encoderBias, x, training)); // (T, 2 Z)
  }

  @Override
  protected NDArray score(ParameterStore ps, NDArray input, boolean training) {
    NDArray means = AttentionOps.columns(latents(ps, input, training), 0, spec.width()); // (T, Z)
    NDArray keys = castValue(ps, prototypes, input, training); // (E, Z)
    NDArray gap = means.expandDims(1).sub(keys.expandDims(0)); // (T, E, Z)
    NDArray squares = gap.mul(gap).sum(new int[] {2}); // (T, E)
    return Ops.scale(squares, -0.5).exp();
  }

  @Override
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    NDArray choices = Ops.top(logits, spec.k()); // (T, K)
    NDArray weights = Ops.softmax(logits.gather(choices, 1)); // (T, K)
    Routing routing =
        Routing.of(logits, Ops.softmax(logits), choices, weights, spec.capacity(), context);
    if (!RecordingStore.keeps(ps, AuxLoss.Input.LATENTS)) {
      return routing;
    }
    NDArray latents = latents(ps, tokens, context.training()); // (T, 2 Z)
    NDArray means = AttentionOps.columns(latents, 0, spec.width()).stopGradient(); // (T, Z)
    return routing
        .with(AuxLoss.Input.LATENTS, latents)
        .with(
            AuxLoss.Input.LATENT_DRAWS,
            Ops.normal(means, context.seed().child("latents"))) // (T, Z)
        .with(AuxLoss.Input.PROTOTYPES, castValue(ps, prototypes, tokens, context.training()));
  }
}
