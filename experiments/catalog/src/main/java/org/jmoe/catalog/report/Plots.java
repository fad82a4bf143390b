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

/** Plots of a run: loss, expert load over time, and domains by expert. */
public final class Plots {
  private final Path folder;

  /** Creates plots in a folder. */
  public Plots(Path folder) {
    this.folder = folder;
  }

  /** Plots a finished run into its own folder, from its recorded files. */
  public static void of(RunDirectory directory, RunConfig config, Summary summary) {
    new Plots(directory.plots()).draw(RunRecorder.read(directory, config), summary);
  }

  /**
   * Writes {@code loss}, {@code load} and {@code domains} as PNG and SVG; the last two only for MoE
   * models.
   */
  public void draw(RunRecorder run, Summary summary) {
    ChartImage.save(folder, "loss", List.of(LossChart.of(run)));
    if (!summary.layers().isEmpty()) {
      List<Chart<?, ?>> loads = new ArrayList<>();
      List<Chart<?, ?>> domains = new ArrayList<>();
      for (LayerSummary layer : summary.layers()) {
        loads.add(LoadChart.of(layer.layer(), run.steps()));
        if (!layer.domains().isEmpty()) {
          domains.add(DomainChart.of(layer));
        }
      }
      ChartImage.save(folder, "load", loads);
      ChartImage.save(folder, "domains", domains);
    }
  }
}
