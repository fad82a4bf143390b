package org.jmoe.experiments.report;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.jmoe.experiments.run.LayerSummary;
import org.jmoe.experiments.run.RunRecorder;
import org.jmoe.experiments.run.Summary;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.internal.chartpart.Chart;

/** Draws a run: the loss, the load of the experts over time, and which domain goes to which. */
public final class Plots {
  private final Path folder;

  /** Draws into a folder. */
  public Plots(Path folder) {
    this.folder = folder;
  }

  /** Writes {@code loss.png}, {@code load.png} and {@code domains.png}, the last two for an MoE. */
  public void draw(RunRecorder run, Summary summary) {
    save("loss.png", List.of(LossChart.of(run)));
    if (!summary.layers().isEmpty()) {
      List<Chart<?, ?>> loads = new ArrayList<>();
      List<Chart<?, ?>> domains = new ArrayList<>();
      for (LayerSummary layer : summary.layers()) {
        loads.add(LoadChart.of(layer.layer(), run.steps()));
        domains.add(DomainChart.of(layer));
      }
      save("load.png", loads);
      save("domains.png", domains);
    }
  }

  /** Charts one below the other as one picture. */
  private void save(String name, List<Chart<?, ?>> charts) {
    List<BufferedImage> images =
        charts.stream()
            .map(BitmapEncoder::getBufferedImage)
            .map(BufferedImage.class::cast)
            .toList();
    int width = images.stream().mapToInt(BufferedImage::getWidth).max().orElse(1);
    int height = images.stream().mapToInt(BufferedImage::getHeight).sum();
    BufferedImage all = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = all.createGraphics();
    int y = 0;
    for (BufferedImage image : images) {
      graphics.drawImage(image, 0, y, null);
      y += image.getHeight();
    }
    graphics.dispose();
    try {
      ImageIO.write(all, "png", folder.resolve(name).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + name, e);
    }
  }
}
