package org.jmoe.app.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DeepSpeed's {@code TestTopkGate}; scaling the logits does not change the masks. */
final class DeepSpeedCasesTest {
  private static String logits(int scale) {
    double[][] rows = {{.11, .2, .1, .3}, {.3, .4, .11, .1}, {.11, .1, .6, .5}, {.1, .11, .7, .8}};
    StringBuilder text = new StringBuilder();
    for (double[] row : rows) {
      text.append(text.isEmpty() ? "[[" : ",[");
      for (int e = 0; e < row.length; e++) {
        text.append(e == 0 ? "" : ",").append(row[e] * scale);
      }
      text.append(']');
    }
    return text.append(']').toString();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void dropByProbability(int scale) {
    Routed routed =
        Routed.of(
            "'preset':'deepspeed-topk','k':2,'drop':'probability','capacity':{'tokens':2},'logits':"
                + logits(scale));
    assertEquals("1:0; 1:1,0:0; 2:0,3:0; 3:1,2:1", routed.slots());
    routed.weights(0, 1e-9, 0, 1); // a single kept choice has weight 1
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void dropByPosition(int scale) {
    Routed routed =
        Routed.of(
            "'preset':'deepspeed-topk','k':2,'drop':'token-major','capacity':{'tokens':2},'logits':"
                + logits(scale));
    assertEquals("3:0,1:0; 1:1,0:0; 2:0,3:1; 2:1", routed.slots());
  }
}
