package org.jmoe.layer;

import com.google.common.collect.ImmutableSet;
import java.util.OptionalInt;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.Precision;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Settings of one forward pass.
 *
 * @param draws seed of noise and dropout
 * @param precision of the large matmuls
 * @param dropsNonFinite whether tokens with non-finite router logits are routed to no expert
 * @param strategy of the experts
 * @param servesPadding whether padding is routed
 * @param separator id of the token that ends a document
 * @param hook of the layers; null for none
 * @param inputs further arrays that losses use
 */
record PassSettings(
    Seed draws,
    Precision precision,
    boolean dropsNonFinite,
    ExpertStrategy strategy,
    boolean servesPadding,
    OptionalInt separator,
    @Nullable LayerHook hook,
    ImmutableSet<AuxLoss.Input> inputs) {
  static PassSettings of(Seed draws, Precision precision, boolean dropsNonFinite) {
    return new PassSettings(
        draws,
        precision,
        dropsNonFinite,
        ExpertStrategy.CHEAPEST,
        false,
        OptionalInt.empty(),
        null,
        ImmutableSet.of());
  }

  PassSettings with(ExpertStrategy other) {
    return new PassSettings(
        draws, precision, dropsNonFinite, other, servesPadding, separator, hook, inputs);
  }

  PassSettings with(OptionalInt other) {
    return new PassSettings(
        draws, precision, dropsNonFinite, strategy, servesPadding, other, hook, inputs);
  }

  PassSettings with(LayerHook other) {
    return new PassSettings(
        draws, precision, dropsNonFinite, strategy, servesPadding, separator, other, inputs);
  }

  PassSettings with(ImmutableSet<AuxLoss.Input> other) {
    return new PassSettings(
        draws, precision, dropsNonFinite, strategy, servesPadding, separator, hook, other);
  }

  PassSettings servingPadding() {
    return new PassSettings(
        draws, precision, dropsNonFinite, strategy, true, separator, hook, inputs);
  }
}
