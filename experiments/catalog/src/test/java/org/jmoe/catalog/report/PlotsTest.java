package org.jmoe.catalog.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.Summary;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PlotsTest {
  @TempDir Path folder = Path.of("");

  private Path draw(String... changes) {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder), changes);
    Path run = folder.resolve("run");
    Summary summary = Run.of(config).execute(run);
    Plots.of(new RunDirectory(run), config, summary);
    return run.resolve("plots");
  }

  @ParameterizedTest
  @ValueSource(strings = {"loss.png", "load.png", "domains.png"})
  void plotsAreNotBlank(String name) throws IOException {
    BufferedImage image = ImageIO.read(draw().resolve(name).toFile());
    assertTrue(image.getWidth() >= 800 && image.getHeight() >= 150);
    TreeSet<Integer> colours = new TreeSet<>();
    for (int x = 0; x < image.getWidth(); x += 3) {
      for (int y = 0; y < image.getHeight(); y += 3) {
        colours.add(image.getRGB(x, y));
      }
    }
    assertTrue(colours.size() > 5, () -> name + " has " + colours.size() + " colours");
  }

  @Test
  void denseRunHasNoLoadPlot() {
    Path plots = draw("model.moe=null", "training.losses=[]");
    assertTrue(Files.exists(plots.resolve("loss.png")));
    assertFalse(Files.exists(plots.resolve("load.png")));
    assertEquals(2, plots.toFile().list().length); // PNG and SVG
  }
}
