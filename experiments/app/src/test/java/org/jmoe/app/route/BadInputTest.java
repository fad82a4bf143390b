package org.jmoe.app.route;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Invalid route files fail with a one-sentence message; degenerate valid ones have a reply. */
final class BadInputTest {
  private static final String TWO = "'logits':[[1,2],[3,4]]";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'preset':'mixtral','logits':[[1,1e999],[1,2]]        | logits[0][1] is Infinity
          'preset':'mixtral','logits':[[1,2],[-1e999,2]]       | logits[1][0] is -Infinity
          'preset':'mixtral','logits':[[1,NaN]]                | logits[0][1] is NaN
          'preset':'mixtral','logits':[[1,2],[-Infinity,2]]    | logits[1][0] is -Infinity
          'preset':'mixtral','logits':[[1,nan]]                | is not JSON
          'preset':'dense-soft','capacity':{'tokens':1},'logits':[[1,2]] | dense-soft has no capacity
          'preset':'expert-choice-vmoe','drop':'random','logits':[[1,2]] | leave drop out
          'preset':'quantile','k':2,'logits':[[1,2]]           | k below experts = 2, not 2
          'preset':'mixtral','logits':[[1,'NaN']]              | logits[0][1] is "NaN"
          'preset':'mixtral','logits':[[1,null]]               | logits[0][1] is null
          'preset':'mixtral','logits':[[1,2],[1,2,3]]          | logits[1] has 3 numbers
          'preset':'mixtral','preset':'a','logits':[[1,2]]     | Duplicate
          'preset':'mixtrl','logits':[[1,2]]                   | did you mean 'mixtral'?
          'preset':'mixtral','logit':[[1,2]]                   | did you mean 'logits'?
          'preset':'mixtral'                                   | either logits, or tokens
          'preset':'mixtral','k':3,'logits':[[1,2]]            | between 1 and experts = 2, not 3
          'preset':'mixtral','k':0,'logits':[[1,2]]            | k is 0
          'preset':'mixtral','k':4294967297,'logits':[[1,2]]   | it must be at most 2147483647
          'preset':'gshard','logits':[[1]]                     | k must be 2
          'preset':'vmoe-noisy','noiseStd':-1,'logits':[[1,2]] | noiseStd is -1.0; it must be at least 0
          'preset':'mixtral','logits':[[1,2]                   | Unexpected close marker
          'preset':'cosine','tokens':[[1]],'weight':[[1,2]],'noise':[[1,2]] | give logits to add noise
          'preset':'mixtral','k':1.5,'logits':[[1,2]]          | k is 1.5; it must be an integer
          'preset':'mixtral','normalise':1,'logits':[[1,2]]    | normalise is 1; it must be true or
          'preset':'mixtral','capacity':{'tokens':0},'logits':[[1,2]] | capacity.tokens is 0
          'preset':'mixtral','capacity':{'factor':0},'logits':[[1,2]] | capacity.factor is 0
          'preset':'mixtral','capacity':{'factor':1,'rle':'a'},'logits':[[1,2]] | mean 'rule'?
          'preset':'mixtral','capacity':{'factor':1,'rule':'megatro'},'logits':[[1,2]] | mean 'megatron'?
          'preset':'mixtral','capacity':{'factor':0.1,'rule':'fairseq-top1'},'logits':[[1,2]] | capacity is 0
          'preset':'mixtral','drop':'k-minor','logits':[[1,2]] | mean 'k-major'?
          'preset':'mixtral','padding':[true],'logits':[[1,2],[3,4]] | token 1 has none
          'preset':'nllb-random','uniform':[0.5],'logits':[[1,2],[3,4]] | uniform has 1 rows, so token 1
          'preset':'nllb-random','uniform':[0.5,1],'logits':[[1,2],[3,4]] | uniform[1] is 1.0
          'preset':'mixtral','bias':[1,2],'logits':[[1,2]]     | preset mixtral has no bias
          'preset':'deepseek-v3','k':1,'bias':[1],'logits':[[1,2]] | bias has 1 numbers
          'preset':'mixtral','p':0.4,'logits':[[1,2]]          | it has k, normalise, scalingFactor
          'preset':'hash','logits':[[1,2]]                     | needs tokenIds
          'preset':'soft-moe','logits':[[1,2]]                 | needs tokens
          'preset':'mixtral','losses':['swich'],'logits':[[1,2]] | did you mean 'switch'?
          'preset':'mixtral','tokens':[[1,2]],'weight':[[1,2]] | weight has 1 numbers
          """)
  void rejectsInOneSentence(String keys, String part) {
    String message =
        String.valueOf(assertThrows(RuntimeException.class, () -> Routed.of(keys)).getMessage());
    assertTrue(message.contains(part), message);
    assertEquals(1, message.lines().count());
  }

  @Test
  void noTokens() {
    Routed routed = Routed.of("'preset':'mixtral','logits':[],'losses':['switch']");
    assertEquals(0, routed.reply().get("choices").size());
    assertEquals(0, routed.loss("switch"));
  }

  @Test
  void allPadding() {
    Routed routed =
        Routed.of(
            "'preset':'mixtral','padding':[true,true],'losses':['switch','megatron','z','load'],"
                + TWO);
    assertEquals("; ", routed.experts());
    for (String loss : new String[] {"switch", "megatron", "z", "load"}) {
      assertEquals(0, routed.loss(loss), loss);
    }
  }

  @Test
  void allPaddingHasNoQuantiles() {
    Routed routed = Routed.of("'preset':'quantile','k':1,'padding':[true,true]," + TWO);
    assertEquals("; ", routed.experts());
    assertEquals(false, routed.reply().has("updatedBias"));
  }

  @Test
  void oneExpert() {
    Routed routed =
        Routed.of(
            "'preset':'mixtral','logits':[[1],[2]],'losses':['switch','importance-unbiased']");
    assertArrayEquals(new double[] {2}, routed.numbers("load"));
    assertEquals(1, routed.loss("switch"), 1e-12);
    assertEquals(0, routed.loss("importance-unbiased"));
  }

  @Test
  void expertsWithoutChoices() {
    Routed routed = Routed.of("'preset':'switch','logits':[[1,2,3,4,5]],'losses':['megatron']");
    assertArrayEquals(new double[] {0, 0, 0, 0, 1}, routed.numbers("load"));
  }

  @Test
  void allTokensToOneExpert() {
    Routed routed =
        Routed.of("'preset':'switch','capacity':{'tokens':1},'logits':[[9,0],[9,0],[9,0],[9,0]]");
    assertArrayEquals(new double[] {1, 0}, routed.numbers("load"));
    assertEquals(0.75, routed.reply().get("droppedShare").asDouble());
  }
}
