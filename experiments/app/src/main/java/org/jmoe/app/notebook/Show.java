package org.jmoe.app.notebook;

import ai.djl.ndarray.NDArray;
import java.awt.image.BufferedImage;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.metrics.LoadReport;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * Shows values inline in notebooks with an IJava, JJava or rapaio kernel, and as text elsewhere.
 * Usage: {@code import static org.jmoe.app.notebook.Show.show;}.
 */
public final class Show {
  private Show() {}

  /** Shows a table. */
  public static void show(Table table) {
    show(table.render());
  }

  /** Shows an XChart chart as an image. */
  public static void show(Chart<?, ?> chart) {
    String text =
        "[chart '%s', %d x %d]".formatted(chart.getTitle(), chart.getWidth(), chart.getHeight());
    show(Rendering.of(text, BitmapEncoder.getBufferedImage(chart)));
  }

  /** Shows an image. */
  public static void show(BufferedImage picture) {
    String text = "[image, %d x %d]".formatted(picture.getWidth(), picture.getHeight());
    show(Rendering.of(text, picture));
  }

  /** Shows shape, data type, device and the first elements of an array. */
  public static void show(NDArray array) {
    show(Tables.of(array));
  }

  /** Shows the load of each expert of a layer. */
  public static void show(LoadReport load) {
    show(Tables.of(load));
  }

  /** Shows the experts and weights of each token, with dropped choices struck through. */
  public static void show(Routing routing) {
    show(routing.signals());
  }

  /** Shows the experts and weights of each token, with dropped choices struck through. */
  public static void show(RoutingSignals signals) {
    show(Tables.of(signals));
  }

  /** Shows a custom rendering. */
  public static void show(Rendering rendering) {
    Display.current(System.out).show(rendering);
  }
}
