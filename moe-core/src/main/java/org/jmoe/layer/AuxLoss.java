package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableSet;
import java.util.Collection;
import java.util.Map;

/**
 * An auxiliary loss on routing signals, usable with any router. Gradients flow through the
 * probabilities.
 */
@FunctionalInterface
public interface AuxLoss {
  /**
   * An array besides those of the routing that a loss uses. It is kept only in passes with a loss
   * that declares it in {@link #inputs}.
   *
   * @param name what it is, for messages
   */
  record Input(String name) {
    /** Weights (D, E) of the router's gate; one column per expert. */
    public static final Input GATE = new Input("weights of the router's gate");

    /** Uniform draws from [0, 1) in the shape of the gate's weights, (D, E). */
    public static final Input GATE_DRAWS = new Input("random draws for the router's gate");

    /** First matrix of each expert, (E, D, H); of gated experts, that of the gate. */
    public static final Input EXPERTS_IN = new Input("first matrix of each expert");

    /** Output of the expert of each choice, unweighted, (T, K, D); zeros where none computed. */
    public static final Input OUTPUTS = new Input("output of each choice's expert");

    /** Means and then logarithms of variances of latent tokens, (T, 2 Z). */
    public static final Input LATENTS = new Input("latent tokens of the router");

    /** Prototypes of the experts in the latent space, (E, Z). */
    public static final Input PROTOTYPES = new Input("prototypes of the experts");

    /** Standard normal draws for the latent tokens, (T, Z). */
    public static final Input LATENT_DRAWS = new Input("random draws for the latent tokens");

    /** Coefficient (1) of a regularization that the router adapts. */
    public static final Input COEFFICIENT = new Input("coefficient that a router adapts");
  }

  /** Returns the unweighted loss of one layer, a 0-d array. */
  NDArray of(RoutingSignals signals);

  /**
   * Returns the loss over the layers of a model: their sum, unless the published form differs.
   *
   * @param layers at least one
   */
  default NDArray ofLayers(Collection<RoutingSignals> layers) {
    return layers.stream().map(this::of).reduce(NDArray::add).orElseThrow();
  }

  /**
   * Returns the loss of one micro-batch of an optimizer step: {@link #ofLayers}, unless it depends
   * on other micro-batches.
   *
   * @param layers at least one, by path
   * @param step counts shared by the micro-batches
   */
  default NDArray ofStep(Map<String, RoutingSignals> layers, StepCounts step) {
    return ofLayers(layers.values());
  }

  /** Returns the further arrays that the loss uses; none by default. */
  default ImmutableSet<Input> inputs() {
    return ImmutableSet.of();
  }

  /**
   * Rescales a value of this loss so that perfect balance is 1; NaN for losses that do not measure
   * balance.
   */
  default double relative(double value, RoutingSignals signals) {
    return value;
  }
}
