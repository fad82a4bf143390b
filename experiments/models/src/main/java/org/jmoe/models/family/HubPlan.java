package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.stream.IntStream;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.ModelSpec;

/**
 * What a configuration describes.
 *
 * @param config that it was read from
 * @param spec the model to build
 * @param tensors where each tensor of the files goes
 * @param routers upstream's names of the routers, in the order of their layers
 * @param weighting how the weights of the chosen experts are computed, for people
 */
public record HubPlan(
    HubConfig config,
    ModelSpec spec,
    TensorMap tensors,
    ImmutableList<String> routers,
    String weighting) {
  /** A plan whose routers have the names of most families, {@code model.layers.3.mlp.gate}. */
  public static HubPlan of(HubConfig config, ModelSpec spec, TensorMap tensors, String weighting) {
    return new HubPlan(config, spec, tensors, ImmutableList.of(), weighting)
        .withRouters("mlp.gate");
  }

  /** The same with the name that routers have in each layer. */
  public HubPlan withRouters(String name) {
    return new HubPlan(
        config,
        spec,
        tensors,
        moeLayers().stream()
            .map(layer -> DecoderTensors.upstream(layer) + name)
            .collect(ImmutableList.toImmutableList()),
        weighting);
  }

  /** The same tensors in a model of other settings. */
  public HubPlan withSpec(ModelSpec other) {
    return new HubPlan(config, other, tensors, routers, weighting);
  }

  /**
   * Checks the sizes of the configuration before tensors are looked for.
   *
   * @param longest axis of any tensor in the files, or their number if that is larger
   */
  public void requireSizes(long longest) {
    config
        .sizes()
        .forEach(
            (key, size) -> {
              if (size > longest) {
                throw config.fault(
                    "has %s = %d, more than any axis of its tensors; copy config.json and weights of the same model"
                        .formatted(key, size));
              }
            });
  }

  /** The {@code model_type}. */
  public String modelType() {
    return config.text("model_type");
  }

  /** The layers with experts, counted from 0. */
  public ImmutableList<Integer> moeLayers() {
    List<DecoderBlock.Spec> blocks = spec.blocks();
    return IntStream.range(0, blocks.size())
        .filter(layer -> blocks.get(layer).moe() != null)
        .boxed()
        .collect(ImmutableList.toImmutableList());
  }
}
