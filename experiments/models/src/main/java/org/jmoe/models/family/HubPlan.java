package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;
import org.jmoe.transformer.ModelSpec;

/**
 * What a configuration describes.
 *
 * @param architecture its {@code model_type}
 * @param spec the model to build
 * @param tensors where each tensor of the files goes
 * @param routers upstream's names of the routers, in the order of their layers
 * @param normalisation how the weights of the chosen experts come about, for people
 * @param order in which a router's choices are told
 */
public record HubPlan(
    String architecture,
    ModelSpec spec,
    TensorMap tensors,
    ImmutableList<String> routers,
    String normalisation,
    ChoiceOrder order) {
  /** The same tensors in a model of other settings. */
  public HubPlan withSpec(ModelSpec other) {
    return new HubPlan(architecture, other, tensors, routers, normalisation, order);
  }
}
