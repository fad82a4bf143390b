package org.jmoe.view.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

final class BucketsTest {
  private static JsonNode json(Buckets buckets) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    buckets.write(node);
    return node;
  }

  @Test
  void fewRowsStayAsTheyAre() {
    Buckets buckets = new Buckets();
    for (int i = 1; i <= 3; i++) {
      buckets.row();
      buckets.put("x", i);
      if (i == 2) {
        buckets.put("late", 0.25);
      }
    }
    assertArrayEquals(new double[] {1, 2, 3}, buckets.means("x"));
    assertEquals(3, buckets.last("x"));
    assertEquals("[null,0.25,null]", json(buckets).at("/columns/late/mean").toString());
    assertTrue(json(buckets).at("/columns/x/min").isMissingNode());
  }

  /** Against plain loops; a spike of one row is seen in the maximum. */
  @Test
  void aMillionRowsBecomeAFewThousandPoints() {
    Buckets buckets = new Buckets();
    int rows = 1_000_003;
    for (int i = 0; i < rows; i++) {
      buckets.row();
      buckets.put("x", i == 777_777 ? 1e6 : i % 10);
      buckets.put("rare", i % 100_000 == 5 ? i : Double.NaN);
    }
    JsonNode node = json(buckets);
    assertEquals(rows, node.path("rows").asLong());
    int stride = node.path("stride").asInt();
    assertEquals(512, stride);
    JsonNode x = node.at("/columns/x");
    assertEquals((rows + stride - 1) / stride, x.path("mean").size());
    for (int bucket = 0; bucket < x.path("mean").size(); bucket++) {
      double sum = 0;
      double most = 0;
      int count = Math.min(rows, (bucket + 1) * stride) - bucket * stride;
      for (int i = bucket * stride; i < bucket * stride + count; i++) {
        double value = i == 777_777 ? 1e6 : i % 10;
        sum += value;
        most = Math.max(most, value);
      }
      assertEquals(sum / count, x.path("mean").get(bucket).asDouble(), 1e-3 * sum / count);
      assertEquals(most, x.path("max").get(bucket).asDouble());
      assertEquals(0, x.path("min").get(bucket).asDouble());
    }
    assertEquals(300_005, node.at("/columns/rare/mean").get(300_005 / stride).asDouble());
    assertTrue(node.at("/columns/rare/mean").get(1).isNull());
  }
}
