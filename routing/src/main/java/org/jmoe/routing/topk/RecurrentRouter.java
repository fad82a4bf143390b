package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.Arrays;
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

/**
 * Layerwise recurrent router (Qiu et al. 2024, RMoE, arXiv 2408.06793; {@code rnn.py} and {@code
 * llama_moe_modeling.py}): a token's state h goes from the router of one layer to that of the next
 * through a gated recurrent unit, {@code h = GRU(x D, h)} of width R, and the logits are {@code h
 * W}. Top-k of the softmax, weights divided by their sum. The state of the first layer is 0; tokens
 * do not see each other's states, so generation with a cache needs none of earlier tokens.
 *
 * <p>Each layer has a unit of its own; the authors' model has one for all layers.
 */
public final class RecurrentRouter extends ScoringRouter {
  private static final String STATE = "recurrent router";

  /**
   * Settings.
   *
   * @param k experts per token
   * @param width R of the state; 256 upstream
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
      return new RecurrentRouter(this, dim, experts, seed);
    }

    @Override
    public long parameters(int dim, int experts) {
      return Math.multiplyExact((long) width, dim + (long) experts + 6L * width + 6);
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
              "rmoe",
              "Qiu et al. 2024, Layerwise Recurrent Router",
              ImmutableMap.of(PresetField.K, 2.0),
              (v, c) -> new Spec(v.k(), 256, c)));

  private final Spec spec;
  private final Parameter down; // (D, R)
  private final Parameter ofInput; // (R, 3 R): reset, update, candidate
  private final Parameter ofState; // (R, 3 R)
  private final Parameter inputBias; // (3 R)
  private final Parameter stateBias; // (3 R)

  private RecurrentRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, spec.width(), experts, seed, 1 / Math.sqrt(spec.width()));
    this.spec = spec;
    int width = spec.width();
    down = weight("down", new Shape(dim, width), 1 / Math.sqrt(dim));
    ofInput = weight("input", new Shape(width, 3L * width), 1 / Math.sqrt(width));
    ofState = weight("state", new Shape(width, 3L * width), 1 / Math.sqrt(width));
    inputBias = zeros("input_bias", new Shape(3L * width));
    stateBias = zeros("state_bias", new Shape(3L * width));
  }

  @Override
  protected NDArray score(ParameterStore ps, NDArray input, boolean training) {
    NDArray before = RecordingStore.carried(ps, STATE, path()); // (T, R)
    NDArray x = RoutingOps.scores(input, castValue(ps, down, input, training)); // (T, R)
    Shape shape = x.getShape();
    Preconditions.checkState(
        before == null || before.getShape().equals(shape),
        "%s has %s tokens but earlier layers carried a state of shape %s; recurrent routers must"
            + " see the same tokens and have the same width in all layers",
        path(),
        shape.get(0),
        before == null ? "" : Arrays.toString(before.getShape().getShape()));
    NDArray state = // (T, R)
        update(ps, x, before == null ? x.zerosLike() : before, training);
    RecordingStore.carry(ps, STATE, path(), state);
    return RoutingOps.scores(state, gate(ps, input, training)); // (T, E)
  }

  /** Returns the next state of a gated recurrent unit, (T, R). */
  private NDArray update(ParameterStore ps, NDArray x, NDArray h, boolean training) {
    long width = spec.width();
    NDArray in = affine(ps, x, ofInput, inputBias, training); // (T, 3 R)
    NDArray of = affine(ps, h, ofState, stateBias, training); // (T, 3 R)
    NDArray gates = // (T, 2 R)
        RoutingOps.sigmoid(
            AttentionOps.columns(in, 0, 2 * width).add(AttentionOps.columns(of, 0, 2 * width)));
    NDArray reset = AttentionOps.columns(gates, 0, width); // (T, R)
    NDArray stay = AttentionOps.columns(gates, width, width); // (T, R)
    NDArray candidate = // (T, R)
        AttentionOps.columns(in, 2 * width, width)
            .add(reset.mul(AttentionOps.columns(of, 2 * width, width)))
            .tanh();
    return candidate.add(stay.mul(h.sub(candidate)));
  }

  private NDArray affine(
      ParameterStore ps, NDArray x, Parameter weight, Parameter bias, boolean training) {
    return RoutingOps.scores(x, castValue(ps, weight, x, training))
        .add(castValue(ps, bias, x, training));
  }

  @Override
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray choices = Ops.top(probs, spec.k()); // (T, K)
    NDArray chosen = probs.gather(choices, 1); // (T, K)
    NDArray weights = chosen.div(chosen.sum(new int[] {1}, true)); // (T, K)
    return Routing.of(logits, probs, choices, weights, spec.capacity(), context);
  }
}
