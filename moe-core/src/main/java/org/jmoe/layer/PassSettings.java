package org.jmoe.layer;

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
 */
record PassSettings(
    Seed draws,
    Precision precision,
    boolean dropsNonFinite,
    ExpertStrategy strategy,
    boolean servesPadding,
    OptionalInt separator,
    @Nullable LayerHook hook) {
  static PassSettings of(Seed draws, Precision precision, boolean dropsNonFinite) {
    return new PassSettings(
        draws,
        precision,
        dropsNonFinite,
        ExpertStrategy.CHEAPEST,
        false,
        OptionalInt.empty(),
        null);
  }

  PassSettings with(ExpertStrategy other) {
    return new PassSettings(
        draws, precision, dropsNonFinite, other, servesPadding, separator, hook);
  }

  PassSettings with(OptionalInt other) {
    return new PassSettings(draws, precision, dropsNonFinite, strategy, servesPadding, other, hook);
  }

  PassSettings with(LayerHook other) {
    return new PassSettings(
        draws, precision, dropsNonFinite, strategy, servesPadding, separator, other);
  }

  PassSettings servingPadding() {
    return new PassSettings(draws, precision, dropsNonFinite, strategy, true, separator, hook);
  }
}
