package org.jmoe.testing;

import org.jmoe.layer.MoeLayer;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Seed;

/**
 * A layer of random sizes. Its text, which JUnit shows, begins with the seed that makes it again.
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

  /** The same limit whether training or not. */
  public Capacity capacity() {
    return new Capacity(PublishedCapacity.MEGATRON, factor, factor, 1, order);
  }

  /** Slots of each expert; as many as tokens where there is no limit. */
  public int slots() {
    return capacity().slots(tokens, k, experts, true).orElse(tokens);
  }

  /** The layer of this case, not initialised. */
  public MoeLayer layer() {
    return new MoeLayer.Spec(
            experts,
            new PlainRouter.Spec(k, normalise, capacity()),
            new PlainExperts.Spec(hidden, activation, bias))
        .build(dim, Seed.of(seed).child("moe"));
  }

  /** Numbers of this case for a named purpose. */
  public double[] values(String purpose, int size) {
    return Tensors.random(Seed.of(seed).child(purpose).value(), size);
  }
}
