package org.jmoe.app.route;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reference values computed with the original implementations. */
final class DerivedCasesTest {
  @ParameterizedTest
  @CsvSource({
    "switch, 1.223015, 2.168493",
    "mixtral, 1.223015, 2.168493",
    "megatron, 1.223015, 1.084246",
    "gshard, 1.223015, 1.223015",
    "z, 6.760036, 6.760036"
  })
  void lossesOfTheCanonicalLogits(String loss, double one, double two) {
    String keys = ",'losses':['" + loss + "'],'k':";
    assertEquals(one, Routed.canonical("mixtral", keys + 1).loss(loss), 1e-6);
    assertEquals(two, Routed.canonical("mixtral", keys + 2).loss(loss), 1e-6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"switch", "mixtral", "megatron", "deepseek", "megablocks", "fastmoe-switch"})
  void relativeBalanceLossIsOneForUniformLogits(String loss) {
    String row = "[0,0,0,0]";
    Routed routed =
        Routed.of(
            "'preset':'uniform','k':2,'losses':['%s'],'logits':[%s]"
                .formatted(loss, (row + ",").repeat(3) + row));
    assertEquals(1, routed.relative(loss), 1e-12);
  }

  @Test
  void repliesLossesRelativeToBalance() {
    Routed routed =
        Routed.canonical("mixtral", ",'losses':['switch','megatron','gshard','load','z']");
    assertEquals(routed.loss("switch") / 2, routed.relative("switch"), 1e-12);
    assertEquals(routed.loss("megatron"), routed.relative("megatron"), 1e-12);
    assertEquals(1 + routed.loss("load"), routed.relative("load"), 1e-12);
    assertEquals(false, routed.reply().get("relativeLosses").has("z"));
  }

  /** Slots of expert choice, by probability or in token order, per sequence. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "expert-choice-vmoe | 2 | 1 | 0:1; 1:0; 0:0; 2:1,3:1; 2:0; 1:1,3:0",
        "expert-choice-flaxformer | 2 | 1 | 0:1; 1:0; 0:0; 2:1,3:1; 2:0; 1:1,3:0",
        "expert-choice-praxis | 2 | 1 | 0:0; 1:0; 0:1; 2:0,3:0; 2:1; 1:1,3:1",
        "expert-choice-vmoe | 1 | 2 | ; 1:0,3:0; 0:0,2:0; ; 0:0,2:0; 1:0,3:0",
        "expert-choice-vmoe | 2 | 2 | 0:1,1:1,2:1; 1:0,3:0; 0:0,2:0,3:1; 0:1,1:1,2:1,3:1; 0:0,2:0;"
            + " 1:0,3:0"
      })
  void slotsOfExpertChoice(String preset, int capacity, int sequences, String slots) {
    String keys = ",'sequences':%d,'capacity':{'tokens':%d}".formatted(sequences, capacity);
    assertEquals(slots, Routed.canonical(preset, keys).slots());
  }

  /** DeepSeek's loss uses sigmoid scores regardless of the router's scores. */
  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "megatron-sigmoid", "megatron-sqrtsoftplus"})
  void deepSeekBalanceUsesSigmoidScores(String preset) {
    Routed routed = Routed.canonical(preset, ",'k':2,'losses':['deepseek']");
    assertEquals(1.025264616006274, routed.loss("deepseek"), 1e-12);
  }

  @Test
  void canonicalChoices() {
    assertEquals("0; 1; 0; 2; 0; 3", Routed.canonical("switch", "").experts());
    Routed routed = Routed.canonical("olmoe", ",'k':2");
    assertEquals("0,1; 1,0; 0,2; 2,3; 0,2; 3,1", routed.experts());
    routed.weights(0, 1e-6, .6439143, .2368828);
    routed.weights(5, 1e-6, .5089068, .3086676);
    assertArrayEquals(new double[] {4, 3, 3, 2}, routed.numbers("load"));
  }

  @Test
  void deepSeekV3() {
    Routed routed =
        Routed.of(
            """
            'preset':'deepseek-v3','groups':4,'groupsKept':2,'k':3,'scalingFactor':2.5,'normalise':true,
            'bias':[0,0,0,0,-0.3,0,0,0.2],
            'logits':[[1,-1,0.5,0.2,2,-3,0.1,0.3],[-2,-1.5,-1,-0.5,0,0.5,1,1.5]]\
            """);
    assertEquals("7,2,3; 7,6,5", routed.experts());
    routed.weights(0, 1e-6, .8221657, .8908894, .7869449);
    routed.weights(1, 1e-6, .9414321, .8418096, .7167583);
  }

  /** Trap 1: masking other groups with 0 instead of -infinity would select expert 1. */
  @Test
  void deepSeekV3WithNegativeScores() {
    Routed routed =
        Routed.of(
            """
            'preset':'deepseek-v3','groups':2,'groupsKept':1,'k':3,
            'bias':[-0.9,-0.9,-0.9,-0.9,0,0,-0.9,-0.9],'logits':[[0.1,0.2,0.3,0.4,2,1,-1,-2]]\
            """);
    assertEquals("4,5,6", routed.experts());
    routed.weights(0, 1e-6, 1.1707762, .9717404, .3574833);
  }

  @Test
  void biasUpdates() {
    String keys = ",'previousCounts':[10,2,4,0],'updateRate':0.001";
    assertArrayEquals(
        new double[] {-.001, .001, 0, .001},
        Routed.canonical("megatron-sigmoid", keys).numbers("updatedBias"),
        1e-12);
    assertArrayEquals(
        new double[] {-.00125, .00075, -.00025, .00075},
        Routed.canonical("torchtitan", keys).numbers("updatedBias"),
        1e-12);
  }

  @Test
  void topP() {
    Routed routed = Routed.canonical("top-p-dynamic", ",'p':0.4");
    assertEquals("0; 1; 0; 2,3; 0; 3", routed.experts());
    routed.weights(3, 1e-6, .2886514, .2611826);
  }

  @Test
  void softMoe() {
    Routed routed =
        Routed.of(
            """
            'preset':'soft-moe','scale':1,'tokens':[[1,0],[0,2],[1,1],[-1,3]],
            'phi':[[[1],[0.5]],[[0],[-1]]]\
            """);
    double[][] combine = {
      {.6347817, .3652183}, {.7098029, .2901972}, {.7356215, .2643785}, {.6623359, .3376640}
    };
    for (int t = 0; t < 4; t++) {
      for (int e = 0; e < 2; e++) {
        double found = routed.reply().get("combine").get(t).get(e).get(0).asDouble();
        assertEquals(combine[t][e], found, 1e-6);
      }
    }
    double[][] inputs = {{.6204358, .9597713}, {.6251453, .8659690}};
    for (int e = 0; e < 2; e++) {
      for (int d = 0; d < 2; d++) {
        double found = routed.reply().get("slotInputs").get(e).get(0).get(d).asDouble();
        assertEquals(inputs[e][d], found, 2e-7);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "megatron, 7",
    "deepspeed, 7",
    "vmoe, 8",
    "flaxformer, 4",
    "mesh, 4",
    "tutel, 6",
    "megablocks, 6",
    "fairseq-top1, 3",
    "fairseq-top2, 6",
    "fastmoe-gshard, 6",
    "fastmoe-switch, 4",
    "lingvo, 4",
    "mindspore, 7"
  })
  void capacityRules(String rule, int slots) {
    String row = "[1,2,3,4]";
    Routed routed =
        Routed.of(
            "'preset':'mixtral','k':2,'capacity':{'factor':1.25,'rule':'%s'},'logits':[%s]"
                .formatted(rule, (row + ",").repeat(9) + row));
    assertEquals(slots, routed.reply().get("capacity").asInt());
  }
}
