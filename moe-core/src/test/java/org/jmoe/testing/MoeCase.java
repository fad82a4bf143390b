package org.jmoe.testing;

import org.jmoe.layer.MoeLayer;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Seed;

/**
 * A layer of random size. Its string, which JUnit displays, begins with the seed that reproduces
 * it.
 *
 * @param seed of all values
 * @param factor capacity factor, infinite for dropless
 */
public record MoeCase(
    long seed,
    int tokens,
    int dim,
    int hidden,
    int experts,
    int k,
    boolean normalise,
    Activation activation,
    boolean bias,
    double factor,
    DropOrder order) {

  /** Returns the same capacity for training and evaluation. */
  public Capacity capacity() {
    return new Capacity(PublishedCapacity.MEGATRON, factor, factor, 1, order);
  }

  /** Returns the slots per expert; the number of tokens if there is no limit. */
  public int slots() {
    return capacity().slots(tokens, k, experts, true).orElse(tokens);
  }

  /** Builds the layer, uninitialised. */
  public MoeLayer layer() {
    return new MoeLayer.Spec(
            experts,
            new PlainRouter.Spec(k, normalise, capacity()),
            new PlainExperts.Spec(hidden, activation, bias))
        .build(dim, Seed.of(seed).child("moe"));
  }

  /** Returns random values for a named purpose. */
  public double[] values(String purpose, int size) {
    return Tensors.random(Seed.of(seed).child(purpose).value(), size);
  }
}
