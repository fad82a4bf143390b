package org.jmoe.app.route;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Reference values from V-MoE's {@code routing_test.py}; probabilities are given as logarithms. */
final class VMoeCasesTest {
  private static final String NOISY =
      """
      'logits':[[0.9,0.06,0.04],[0.7,0.18,0.12],[0.85,0.05,0.1]],
      'noise':[[-0.037,0.026,-0.018],[-0.074,0.045,-0.015],[-0.067,-0.059,0.073]],'noiseStd':0.1,\
      """;

  @Test
  void gshardAndImportanceLosses() {
    String gates =
        "[[%s,%s,%s],[%s,%s,%s],[%s,%s,%s],[%s,%s,-80]]"
            .formatted(
                Math.log(.5),
                Math.log(.4),
                Math.log(.1),
                Math.log(.3),
                Math.log(.3),
                Math.log(.4),
                Math.log(.1),
                Math.log(.2),
                Math.log(.7),
                Math.log(.8),
                Math.log(.2));
    Routed routed =
        Routed.of("'preset':'vmoe-noisy','k':1,'losses':['gshard','importance'],'logits':" + gates);
    assertEquals(1.0875, routed.loss("gshard"), 1e-6);
    assertEquals(0.03874999, routed.loss("importance"), 1e-6);
  }

  @Test
  void loadLoss() {
    Routed routed = Routed.of(NOISY + "'preset':'vmoe-noisy','k':2,'losses':['load']");
    assertArrayEquals(
        new double[] {.9999997, .2777119, .2341041}, routed.numbers("loadEstimate"), 1e-6);
    assertEquals(0.48573864536, routed.loss("load"), 1e-6);
  }

  /** With k = E the threshold is the minimum score; V-MoE has no special case for it. */
  @Test
  void loadLossOfAllExperts() {
    Routed routed = Routed.of(NOISY + "'preset':'vmoe-noisy','k':3,'losses':['load']");
    assertArrayEquals(new double[] {1, .71460154, .66439495}, routed.numbers("loadEstimate"), 1e-7);
    assertEquals(0.03473794843035252, routed.loss("load"), 1e-9);
  }

  /** The same values with Shazeer's estimator. */
  @Test
  void shazeerLoad() {
    Routed routed = Routed.of(NOISY + "'preset':'shazeer-noisy-top-k','k':1,'losses':['load']");
    assertArrayEquals(
        new double[] {2.999999, 4.11e-6, 2.09e-7}, routed.numbers("loadEstimate"), 1e-6);
  }

  /** Capacities from {@code test_compute_capacity}. */
  @Test
  void capacities() {
    String row = "[" + "0,".repeat(31) + "0]";
    String logits = "[" + (row + ",").repeat(31) + row + "]";
    Routed routed =
        Routed.of(
            "'preset':'vmoe-noisy','k':2,'capacity':{'factor':1,'rule':'vmoe'},'logits':" + logits);
    assertEquals(4, routed.reply().get("capacity").asInt());
    String longer = "[" + (row + ",").repeat(127) + row + "]";
    Routed choice =
        Routed.of("'preset':'expert-choice-vmoe','capacity':{'factor':2},'logits':" + longer);
    assertEquals(8, choice.reply().get("capacity").asInt());
  }
}
