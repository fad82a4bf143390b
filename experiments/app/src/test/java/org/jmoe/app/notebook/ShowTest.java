package org.jmoe.app.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.common.primitives.ImmutableLongArray;
import java.util.List;
import java.util.Map;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.metrics.LoadReport;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;

final class ShowTest {
  @Test
  void rendersTablesAsTextAndHtml() {
    Table table = Table.of("loads", "name", "share").row("a<b", 0.5).row("c", 1234L);
    assertEquals(
        """
        loads
        name  share
        a<b   0.500
        c     1,234\
        """,
        table.render().text());
    String html = String.valueOf(table.render().html());
    assertTrue(html.contains("a&lt;b"), html);
    assertTrue(html.contains(">0.500<") && html.contains(">1,234<"), html);
    assertFalse(html.matches(".*[^-]color:(?!inherit).*"), "text inherits the color of the page");
  }

  @Test
  void showsWeightsAndStrikesThroughDroppedChoices() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray probs = // (T, E)
          manager.create(new float[] {0.7f, 0.3f, 0.6f, 0.4f}, new Shape(2, 2));
      Routing routing =
          Routing.topK(probs, probs, 1, Capacity.fixed(1), RouterContext.of(true, Seed.of(1)));
      String text = Tables.of(routing.signals()).render().text();
      assertTrue(text.endsWith("token       e0  e1\n    0    0.700\n    1  -0.600-"), text);
    }
  }

  @Test
  void showsLoadsRelativeToTheMean() {
    LoadReport load =
        new LoadReport(
            "moe",
            4,
            ImmutableLongArray.of(3, 1),
            ImmutableLongArray.of(2, 1),
            ImmutableLongArray.of(1, 3));
    assertEquals(
        """
        moe: 4 tokens, 4 choices, cv 0.50, max/mean 1.50, dropped 25.0%
        expert  asked  served  load/mean
             0      3       2      1.500
             1      1       1      0.500\
        """,
        Tables.of(load).render().text());
  }

  @Test
  void showsShapeTypeAndElementsOfArrays() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray array = manager.create(new long[] {1, 2, 3, 4, 5, 6}, new Shape(1, 2, 3));
      String text = Tables.of(array).render().text();
      assertTrue(text.startsWith("(1, 2, 3) int64 on cpu"), text);
      assertTrue(text.endsWith("[1]  4  5  6"), text);
      assertTrue(Tables.of(manager.create(2.5f)).render().text().endsWith("2.500"));
    }
  }

  @Test
  void chartsHaveTheirSize() {
    XYChart lines = Charts.lines("t", "x", "y", List.of(1.0, 2.0), Map.of("a", List.of(3.0, 4.0)));
    assertEquals(800, lines.getWidth());
    int level = Charts.heatMap("t", "x", "y", List.of("a"), List.of(List.of(0.5, 3.0))).getHeight();
    List<String> names = java.util.Collections.nCopies(11, "a-long-name");
    int upright =
        Charts.heatMap("t", "x", "y", names, java.util.Collections.nCopies(11, List.of(0.5, 3.0)))
            .getHeight();
    assertTrue(upright > level, "labels of many columns are vertical");
  }
}
