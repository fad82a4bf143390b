package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.routing.preset.LossPreset;
import org.jmoe.tensor.Ops;

/**
 * The importance loss (Shazeer et al. 2017, equations 6 and 7): the squared coefficient of
 * variation of the summed gates. The paper's code and FastMoE sum the sparse gates, V-MoE and Tutel
 * the full softmax before noise. 0 when balanced.
 *
 * @param form of the coefficient of variation
 * @param sparse whether the gates of the chosen experts are summed instead of the softmax over all
 */
public record Importance(VariationForm form, boolean sparse) implements AuxLoss {
  /** The published forms of this loss. */
  public static final ImmutableList<LossPreset> PRESETS =
      ImmutableList.of(
          LossPreset.of(
              "importance",
              new Importance(),
              "importance-population",
              "importance-t2t",
              "importance-shazeer",
              "importance-cv2"),
          LossPreset.of(
              "importance-unbiased",
              new Importance(VariationForm.UNBIASED, true),
              "importance-fastmoe"),
          LossPreset.of("importance-vmoe", new Importance(VariationForm.VMOE, false)),
          LossPreset.of("importance-tutel", new Importance(VariationForm.UNBIASED, false)));

  /** Creates the loss of the paper. */
  public Importance() {
    this(VariationForm.POPULATION, true);
  }

  @Override
  public NDArray of(RoutingSignals signals) {
    return form.of(sparse ? Gates.sums(signals) : clean(signals));
  }

  private static NDArray clean(RoutingSignals signals) {
    return Sums.real(Ops.softmax(signals.logits()), signals).sum(new int[] {0}); // (E)
  }

  @Override
  public double relative(double value, RoutingSignals signals) {
    return 1 + value;
  }
}
