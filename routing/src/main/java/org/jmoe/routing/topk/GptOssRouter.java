package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.layer.Selection;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.BiasedTopKSpec;
import org.jmoe.routing.Checks;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * gpt-oss's router (OpenAI 2025; Hugging Face {@code GptOssTopKRouter}): {@code l = x W + b}, top-k
 * logits, weighted by a softmax over the k chosen logits. Upstream computes the softmax in the
 * model's type; here it is float32.
 */
public final class GptOssRouter extends ScoringRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param capacity of the experts
   */
  public record Spec(int k, Capacity capacity) implements BiasedTopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new GptOssRouter(this, dim, experts, seed);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "gpt-oss",
                  "OpenAI 2025, gpt-oss model card",
                  ImmutableMap.of(PresetField.K, 4.0),
                  (v, c) -> new Spec(v.k(), c))
              .withCapacity(PublishedCapacity.MEGATRON, DropOrder.K_MAJOR));

  private final Spec spec;
  private final Parameter bias; // (E)

  private GptOssRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
    bias = zeros("bias", new Shape(experts));
  }

  @Override
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    NDArray scores = logits.add(value(ps, bias, logits, context.training())); // (T, E)
    NDArray choices = Ops.top(scores, spec.k()); // (T, K)
    return Routing.of(
        Selection.weighed(
            scores, Ops.softmax(scores), choices, any -> Ops.softmax(scores.gather(any, 1))),
        spec.capacity(),
        context);
  }
}
