package org.jmoe.catalog.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.results.LayerSummary;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.RunRecorder;
import org.jmoe.training.results.Summary;
import org.knowm.xchart.internal.chartpart.Chart;

/** Draws a run: the loss, the load of the experts over time, and which domain goes to which. */
public final class Plots {
  private final Path folder;

  /** Draws into a folder. */
  public Plots(Path folder) {
    this.folder = folder;
  }

  /** Draws a finished run into its own folder, from the files that it wrote. */
  public static void of(RunDirectory directory, RunConfig config, Summary summary) {
    new Plots(directory.plots()).draw(RunRecorder.read(directory, config), summary);
  }

  /** Writes {@code loss.png}, {@code load.png} and {@code domains.png}, the last two for an MoE. */
  public void draw(RunRecorder run, Summary summary) {
    Picture.save(folder.resolve("loss.png"), List.of(LossChart.of(run)));
    if (!summary.layers().isEmpty()) {
      List<Chart<?, ?>> loads = new ArrayList<>();
      List<Chart<?, ?>> domains = new ArrayList<>();
      for (LayerSummary layer : summary.layers()) {
        loads.add(LoadChart.of(layer.layer(), run.steps()));
        if (!layer.domains().isEmpty()) {
          domains.add(DomainChart.of(layer));
        }
      }
      Picture.save(folder.resolve("load.png"), loads);
      Picture.save(folder.resolve("domains.png"), domains);
    }
  }
}
