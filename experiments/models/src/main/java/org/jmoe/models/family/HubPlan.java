package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.ModelSpec;

/**
 * The model that a configuration describes and the mapping of its tensors.
 *
 * @param config the configuration it was read from
 * @param spec the model to build
 * @param tensors mapping of the tensors in the files to parameters
 * @param routers module names of the routers in Transformers, in layer order
 * @param weighting human-readable description of how the weights of the selected experts are
 *     computed
 */
public record HubPlan(
    HubConfig config,
    ModelSpec spec,
    TensorMap tensors,
    ImmutableList<String> routers,
    String weighting) {
  /** Returns a plan with the usual router names, such as {@code model.layers.3.mlp.gate}. */
  public static HubPlan of(HubConfig config, ModelSpec spec, TensorMap tensors, String weighting) {
    return new HubPlan(config, spec, tensors, ImmutableList.of(), weighting)
        .withRouters("mlp.gate");
  }

  /** Returns a copy with another name of the router within each layer. */
  public HubPlan withRouters(String name) {
    return new HubPlan(
        config,
        spec,
        tensors,
        moeLayers().stream()
            .map(layer -> DecoderTensors.tensorPrefix(layer) + name)
            .collect(ImmutableList.toImmutableList()),
        weighting);
  }

  /**
   * Returns a copy for the text model within a larger model.
   *
   * @param whole configuration of the larger model
   * @param names returns the names of tensors and routers in the larger model
   */
  public HubPlan within(HubConfig whole, UnaryOperator<String> names) {
    tensors.rename(names);
    ImmutableList<String> modules =
        routers.stream().map(names).collect(ImmutableList.toImmutableList());
    return new HubPlan(whole, spec, tensors, modules, weighting);
  }

  /** Returns a copy with the same tensors and other model settings. */
  public HubPlan withSpec(ModelSpec other) {
    return new HubPlan(config, other, tensors, routers, weighting);
  }

  /**
   * Checks the sizes in the configuration before any tensor is looked up.
   *
   * @param longest the longest axis of any tensor in the files, or the number of tensors if larger
   */
  public void requireSizes(long longest) {
    config
        .sizes()
        .forEach(
            (key, size) -> {
              if (size > longest) {
                throw config.fault(
                    "has %s = %d, which exceeds every axis of the tensors; use config.json and weights of the same model"
                        .formatted(key, size));
              }
            });
  }

  /** Returns the {@code model_type}. */
  public String modelType() {
    return config.text("model_type");
  }

  /** Returns the indices of the layers with experts. */
  public ImmutableList<Integer> moeLayers() {
    List<DecoderBlock.Spec> blocks = spec.blocks();
    return IntStream.range(0, blocks.size())
        .filter(layer -> blocks.get(layer).moe() != null)
        .boxed()
        .collect(ImmutableList.toImmutableList());
  }
}
