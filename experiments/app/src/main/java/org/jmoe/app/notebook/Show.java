package org.jmoe.app.notebook;

import ai.djl.ndarray.NDArray;
import java.awt.image.BufferedImage;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.metrics.LoadReport;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * Shows values inline in the notebook of an IJava, JJava or rapaio kernel, and as text elsewhere:
 * {@code import static org.jmoe.app.notebook.Show.show;}.
 */
public final class Show {
  private Show() {}

  /** Shows a table. */
  public static void show(Table table) {
    show(table.render());
  }

  /** Shows an XChart chart as a picture. */
  public static void show(Chart<?, ?> chart) {
    String words =
        "[chart '%s', %d x %d]".formatted(chart.getTitle(), chart.getWidth(), chart.getHeight());
    show(Rendering.of(words, BitmapEncoder.getBufferedImage(chart)));
  }

  /** Shows a picture. */
  public static void show(BufferedImage picture) {
    String words = "[picture, %d x %d]".formatted(picture.getWidth(), picture.getHeight());
    show(Rendering.of(words, picture));
  }

  /** Shows shape, type, device and first numbers of an array. */
  public static void show(NDArray array) {
    show(Tables.of(array));
  }

  /** Shows what each expert of a layer had to do. */
  public static void show(LoadReport load) {
    show(Tables.of(load));
  }

  /** Shows which token goes where with what weight, and who is dropped. */
  public static void show(Routing routing) {
    show(routing.signals());
  }

  /** Shows which token went where with what weight, and who was dropped. */
  public static void show(RoutingSignals signals) {
    show(Tables.of(signals));
  }

  /** Shows a rendering of one's own. */
  public static void show(Rendering rendering) {
    Display.current(System.out).show(rendering);
  }
}
