package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.Ops;
import org.jspecify.annotations.Nullable;

/**
 * Inputs and choices of a router, for losses and reports; valid as long as the batch.
 *
 * @param sequences B; the T tokens are B sequences of equal length
 * @param logits (T, E) of the gate, before noise and bias
 * @param probs (T, E) on which the choice is based; losses pass gradients through them
 * @param choices (T, K) of int64, the requested experts before any capacity, -1 for none
 * @param weights (T, K) weight of each choice's output
 * @param kept (T, K) of boolean, the choices not dropped
 * @param noisy (T, E) logits after noise; null without noise
 * @param noiseStd (T, E) or (1) standard deviation of the noise; null without noise
 * @param padding (T) of boolean, true for tokens that are not routed; null for none
 * @param balanced whether the router is balanced by construction, as expert choice is; balance
 *     losses are then 0 by definition
 * @param inputs further arrays that losses of the pass asked for
 */
public record RoutingSignals(
    long sequences,
    NDArray logits,
    NDArray probs,
    NDArray choices,
    NDArray weights,
    NDArray kept,
    @Nullable NDArray noisy,
    @Nullable NDArray noiseStd,
    @Nullable NDArray padding,
    boolean balanced,
    ImmutableMap<AuxLoss.Input, NDArray> inputs) {

  /** Returns signals of a router in which tokens choose experts, without noise and padding. */
  public static RoutingSignals of(
      long sequences,
      NDArray logits,
      NDArray probs,
      NDArray choices,
      NDArray weights,
      NDArray kept) {
    return new RoutingSignals(
        sequences,
        logits,
        probs,
        choices,
        weights,
        kept,
        null,
        null,
        null,
        false,
        ImmutableMap.of());
  }

  /** Returns the number of experts E. */
  public int experts() {
    return Math.toIntExact(probs.getShape().get(1));
  }

  /** Returns the number of tokens T. */
  public long tokens() {
    return probs.getShape().get(0);
  }

  /** Returns the number of tokens that requested each expert, (E) of int64; no gradient. */
  public NDArray counts() {
    return Ops.bincount(choices, experts());
  }

  /** Returns a copy with the noise used for the choice. */
  public RoutingSignals withNoise(NDArray noisyLogits, NDArray std) {
    return new RoutingSignals(
        sequences,
        logits,
        probs,
        choices,
        weights,
        kept,
        noisyLogits,
        std,
        padding,
        balanced,
        inputs);
  }

  /** Returns a copy with padding (T), null for none. */
  public RoutingSignals withPadding(@Nullable NDArray mask) {
    return new RoutingSignals(
        sequences, logits, probs, choices, weights, kept, noisy, noiseStd, mask, balanced, inputs);
  }

  /** Returns a copy marked as balanced by construction. */
  public RoutingSignals asBalanced() {
    return new RoutingSignals(
        sequences, logits, probs, choices, weights, kept, noisy, noiseStd, padding, true, inputs);
  }

  /** Returns a copy with a further array for losses. */
  public RoutingSignals with(AuxLoss.Input input, NDArray array) {
    return withInputs(
        ImmutableMap.<AuxLoss.Input, NDArray>builder().putAll(inputs).put(input, array).build());
  }

  /** Returns a copy with other further arrays for losses. */
  public RoutingSignals withInputs(ImmutableMap<AuxLoss.Input, NDArray> all) {
    return new RoutingSignals(
        sequences, logits, probs, choices, weights, kept, noisy, noiseStd, padding, balanced, all);
  }

  /**
   * Returns a further array that a loss declares in {@link AuxLoss#inputs}.
   *
   * @throws IllegalArgumentException if the layer does not have it
   */
  public NDArray input(AuxLoss.Input input) {
    NDArray array = inputs.get(input);
    Preconditions.checkArgument(
        array != null,
        "a loss needs the %s, which this layer does not provide; choose a router and experts that"
            + " have it, or another loss",
        input.name());
    return array;
  }

  /** Returns the distinct arrays that require gradients. */
  public List<NDArray> differentiable() {
    List<NDArray> each = new ArrayList<>();
    List<@Nullable NDArray> all =
        new ArrayList<>(Arrays.asList(logits, probs, weights, noisy, noiseStd));
    all.addAll(inputs.values());
    for (NDArray array : all) {
      if (array != null && each.stream().noneMatch(other -> other == array)) {
        each.add(array);
      }
    }
    return Gradients.requiringGrad(each);
  }

  /**
   * Detaches the signals: the arrays of {@link #differentiable} become leaves that require
   * gradients, in the same order.
   *
   * @param owner of all arrays of the result
   */
  public RoutingSignals detach(NDManager owner) {
    IdentityHashMap<NDArray, NDArray> cuts = new IdentityHashMap<>();
    for (NDArray array : differentiable()) {
      NDArray leaf = array.stopGradient();
      leaf.setRequiresGradient(true);
      cuts.put(array, leaf);
    }
    return new RoutingSignals(
        sequences,
        detach(logits, cuts, owner),
        detach(probs, cuts, owner),
        detach(choices, cuts, owner),
        detach(weights, cuts, owner),
        detach(kept, cuts, owner),
        noisy == null ? null : detach(noisy, cuts, owner),
        noiseStd == null ? null : detach(noiseStd, cuts, owner),
        padding == null ? null : detach(padding, cuts, owner),
        balanced,
        ImmutableMap.copyOf(Maps.transformValues(inputs, a -> detached(a, cuts, owner))));
  }

  /** As below, but never attaches the array itself, which may be a parameter. */
  private static NDArray detached(
      NDArray array, IdentityHashMap<NDArray, NDArray> cuts, NDManager owner) {
    NDArray leaf = cuts.get(array);
    NDArray kept = leaf == null ? array.stopGradient() : leaf;
    kept.attach(owner);
    return kept;
  }

  private static NDArray detach(
      NDArray array, IdentityHashMap<NDArray, NDArray> cuts, NDManager owner) {
    NDArray kept = cuts.getOrDefault(array, array);
    kept.attach(owner);
    return kept;
  }

  /** Returns the number of tokens that are not padding. Synchronises if there is padding. */
  public long realTokens() {
    return padding == null ? tokens() : tokens() - padding.sum().getLong();
  }
}
