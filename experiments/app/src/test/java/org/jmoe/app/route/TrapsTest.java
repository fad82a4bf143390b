package org.jmoe.app.route;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Known bugs of published implementations that ports must avoid. */
final class TrapsTest {
  /** In float32, ceil(100 / 4 * 1.2) is 31. */
  @ParameterizedTest
  @CsvSource({"100, 30", "180, 54"})
  void capacityIsExact(int tokens, int slots) {
    String row = "[1,2,3,4]";
    for (String rule : new String[] {"megatron", "deepspeed", "mindspore"}) {
      Routed routed =
          Routed.of(
              "'preset':'switch','capacity':{'factor':1.2,'rule':'%s'},'logits':[%s]"
                  .formatted(rule, (row + ",").repeat(tokens - 1) + row));
      assertEquals(slots, routed.reply().get("capacity").asInt(), rule);
    }
  }

  /** Logits are not modified in place, so noise does not leak into the next call. */
  @Test
  void noiseDoesNotLeak() {
    String noise = ",'noise':[[9,0,0,0],[9,0,0,0],[9,0,0,0],[9,0,0,0],[9,0,0,0],[9,0,0,0]]";
    Routed.canonical("nllb-sampling", noise);
    assertEquals("0,1; 1,0; 0,2; 2,3; 0,2; 3,1", Routed.canonical("nllb-all", "").experts());
  }

  /** Evaluation has no capacity limit by default. */
  @Test
  void evaluationIsDropless() {
    Routed routed = Routed.canonical("switch", ",'training':false");
    assertEquals(true, routed.reply().get("capacity").isNull());
    assertEquals(0, routed.reply().get("droppedShare").asDouble());
  }

  /** These probabilities are equal in float32, so the lower expert index wins. */
  @Test
  void tiesGoToTheLowestExpertAndToken() {
    Routed routed =
        Routed.of("'preset':'mixtral','k':2,'logits':[[1,1.000000001,1,1],[0,-500,-400,-300]]");
    assertEquals("0,1; 0,1", routed.experts());
    Routed drop =
        Routed.of(
            "'preset':'switch','drop':'probability','capacity':{'tokens':2},"
                + "'logits':[[1,0],[1,0],[1,0]]");
    assertEquals("0:0; 0:1; ", drop.slots());
  }

  /** Slots are counted per sequence, not per batch. */
  @Test
  void capacityIsPerSequence() {
    String logits = "'logits':[[1,0],[1,0],[1,0],[0,1]]";
    String keys = "'preset':'switch','capacity':{'tokens':1},";
    assertEquals("0; ; ; 1", Routed.of(keys + logits).experts());
    assertEquals("0; ; 0; 1", Routed.of(keys + "'sequences':2," + logits).experts());
  }

  /** Dropped second experts count in no loss, for any padding rule. */
  @Test
  void withdrawnChoicesDoNotCount() {
    Routed routed =
        Routed.canonical(
            "nllb-random",
            ",'uniform':[0.99,0.99,0.99,0.99,0.99,0.99],"
                + "'losses':['switch','switch-scatter','switch-valid']");
    assertEquals("0; 1; 0; 2; 0; 3", routed.experts());
    assertEquals(1.223015, routed.loss("switch"), 1e-6);
    assertEquals(routed.loss("switch"), routed.loss("switch-scatter"), 1e-12);
    assertEquals(routed.loss("switch"), routed.loss("switch-valid"), 1e-12);
  }

  /** With padding removed, each sequence is divided by its number of real tokens. */
  @ParameterizedTest
  @ValueSource(strings = {"switch-valid", "gshard-valid"})
  void sequencesOfUnequalLength(String loss) {
    String keys = "'preset':'mixtral','losses':['%s'],".formatted(loss);
    String first = "[2,1,0,-1],[1.5,2.5,-0.5,0.5],[3,0.5,1,0]";
    String last = "[0.2,0.1,0.4,0.3]";
    String padding = "'sequences':2,'padding':[false,false,false,false,true,true],";
    double both =
        Routed.of(keys + padding + "'logits':[" + first + "," + last + ",[9,0,0,0],[9,0,0,0]]")
            .loss(loss);
    double one = Routed.of(keys + "'logits':[" + first + "]").loss(loss);
    double two = Routed.of(keys + "'logits':[" + last + "]").loss(loss);
    assertEquals((one + two) / 2, both, 1e-12);
  }

  /** Noise is added to logits, both given and computed from tokens. */
  @Test
  void noiseOnTokens() {
    String keys = "'preset':'mixtral','k':1,'noise':[[0,2,0],[0,0,0]],";
    Routed routed = Routed.of(keys + "'tokens':[[1,0],[0,1]],'weight':[[1,0,0],[0,0,3]]");
    assertEquals("1; 2", routed.experts());
    assertEquals(routed.reply(), Routed.of(keys + "'logits':[[1,0,0],[0,0,3]]").reply());
  }

  /** DeepSpeed's noise affects the choice in training only. */
  @Test
  void evaluationHasNoNoise() {
    String noise = "'preset':'deepspeed-top1','logits':[[1,0]],'noise':[[0,9]]";
    assertEquals("1", Routed.of(noise).experts());
    assertEquals("0", Routed.of(noise + ",'training':false").experts());
  }

  /** True marks padding, which is excluded from all counts. */
  @Test
  void paddingIsTrue() {
    Routed routed =
        Routed.canonical("megatron-sigmoid", ",'padding':[false,false,false,false,true,true]");
    assertArrayEquals(new double[] {3, 2, 2, 1}, routed.numbers("load"));
  }
}
