package org.jmoe.catalog.report;

import java.awt.Color;
import java.awt.Dimension;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.internal.chartpart.Chart;
import org.w3c.dom.Document;

/** Writes charts as PNG and SVG, several of them side by side and below each other. */
final class ChartImage {
  private static final String SVG_NAMESPACE = "http://www.w3.org/2000/svg";
  private static final int SVG_DECIMALS = 2;
  private static final int MAX_WIDTH = 1800;
  private static final int MAX_HEIGHT = 4000;

  /** A chart and where it lies on its page. */
  private record Placed(Chart<?, ?> chart, int x, int y) {}

  private ChartImage() {}

  /**
   * Writes {@code NAME.png} and {@code NAME.svg}; charts that do not fit follow in {@code
   * NAME-2.png} and so on. Returns the names of the PNG files.
   */
  static List<String> save(Path folder, String name, List<? extends Chart<?, ?>> charts) {
    List<String> files = new ArrayList<>();
    for (List<Placed> page : pages(charts)) {
      String file = files.isEmpty() ? name : name + "-" + (files.size() + 1);
      write(folder.resolve(file + ".png"), page);
      write(folder.resolve(file + ".svg"), page);
      files.add(file + ".png");
    }
    return files;
  }

  /** Writes one chart in the format of the file's name. */
  static void save(Path file, Chart<?, ?> chart) {
    write(file, List.of(new Placed(chart, 0, 0)));
  }

  private static List<List<Placed>> pages(List<? extends Chart<?, ?>> charts) {
    List<List<Placed>> pages = new ArrayList<>(List.of(new ArrayList<>()));
    int x = 0;
    int y = 0;
    int row = 0; // height
    for (Chart<?, ?> chart : charts) {
      if (x > 0 && x + chart.getWidth() > MAX_WIDTH) {
        x = 0;
        y += row;
        row = 0;
      }
      if (x == 0 && y > 0 && y + chart.getHeight() > MAX_HEIGHT) {
        pages.add(new ArrayList<>());
        y = 0;
      }
      pages.get(pages.size() - 1).add(new Placed(chart, x, y));
      x += chart.getWidth();
      row = Math.max(row, chart.getHeight());
    }
    return pages;
  }

  private static void write(Path file, List<Placed> page) {
    int width = page.stream().mapToInt(p -> p.x() + p.chart().getWidth()).max().orElse(1);
    int height = page.stream().mapToInt(p -> p.y() + p.chart().getHeight()).max().orElse(1);
    Consumer<Graphics2D> draw = graphics -> draw(graphics, page, width, height);
    try {
      Files.write(
          file,
          file.toString().endsWith(".svg") ? svg(draw, width, height) : png(draw, width, height));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file.getFileName(), e);
    }
  }

  private static void draw(Graphics2D graphics, List<Placed> page, int width, int height) {
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    for (Placed placed : page) {
      Graphics2D part = (Graphics2D) graphics.create();
      part.translate(placed.x(), placed.y());
      placed.chart().paint(part, placed.chart().getWidth(), placed.chart().getHeight());
      part.dispose();
    }
  }

  private static byte[] png(Consumer<Graphics2D> draw, int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    draw.accept(graphics);
    graphics.dispose();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  private static DocumentBuilder documents() {
    try {
      return DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder();
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("The JDK cannot create XML documents.", e);
    }
  }

  private static byte[] svg(Consumer<Graphics2D> draw, int width, int height) throws IOException {
    Document document =
        documents().getDOMImplementation().createDocument(SVG_NAMESPACE, "svg", null);
    SVGGeneratorContext context = SVGGeneratorContext.createDefault(document);
    context.setPrecision(SVG_DECIMALS);
    SVGGraphics2D graphics = new SVGGraphics2D(context, false);
    graphics.setSVGCanvasSize(new Dimension(width, height));
    draw.accept(graphics);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Writer writer = new OutputStreamWriter(bytes, StandardCharsets.UTF_8)) {
      graphics.stream(writer, true); // styles by CSS
    }
    return bytes.toByteArray();
  }
}
