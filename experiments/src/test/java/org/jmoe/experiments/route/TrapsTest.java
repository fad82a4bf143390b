package org.jmoe.experiments.route;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mistakes of published implementations that a port must not repeat. */
final class TrapsTest {
  /** In float32 the ceiling of 100 / 4 * 1.2 is 31. */
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

  /** The noise of one rule does not reach the next: nothing is changed in place. */
  @Test
  void noiseDoesNotStay() {
    String noise = ",'noise':[[9,0,0,0],[9,0,0,0],[9,0,0,0],[9,0,0,0],[9,0,0,0],[9,0,0,0]]";
    Routed.canonical("nllb-sampling", noise);
    assertEquals("0,1; 1,0; 0,2; 2,3; 0,2; 3,1", Routed.canonical("nllb-all", "").experts());
  }

  /** Evaluation drops nothing unless told to. */
  @Test
  void evaluationIsDropless() {
    Routed routed = Routed.canonical("switch", ",'training':false");
    assertEquals(true, routed.reply().get("capacity").isNull());
    assertEquals(0, routed.reply().get("droppedShare").asDouble());
  }

  /** Float32 cannot tell these probabilities apart, and so the lower expert wins. */
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

  /** Slots are counted for each sequence, not for the batch. */
  @Test
  void capacityBelongsToTheSequence() {
    String logits = "'logits':[[1,0],[1,0],[1,0],[0,1]]";
    String keys = "'preset':'switch','capacity':{'tokens':1},";
    assertEquals("0; ; ; 1", Routed.of(keys + logits).experts());
    assertEquals("0; ; 0; 1", Routed.of(keys + "'sequences':2," + logits).experts());
  }

  /** True is padding, and padding is in no count. */
  @Test
  void paddingIsTrue() {
    Routed routed =
        Routed.canonical("megatron-sigmoid", ",'padding':[false,false,false,false,true,true]");
    assertArrayEquals(new double[] {3, 2, 2, 1}, routed.numbers("load"));
  }
}
