package org.jmoe.app.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.catalog.Catalog;
import org.jmoe.catalog.engine.ExperimentFolder;
import org.jmoe.catalog.report.ExperimentReport;
import org.jmoe.io.Outputs;
import org.jmoe.training.config.RunJson;
import org.jmoe.view.ReportPage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Rewrites the report of a finished experiment. */
@Command(
    name = "report",
    description =
        "Writes report.md, report.html, results.json and plots of a finished experiment from its"
            + " files.",
    mixinStandardHelpOptions = true)
final class ExperimentReportCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "DIR", description = "Folder of the experiment.")
  Path folder = Path.of("");

  @Option(
      names = {"--out", "-o"},
      paramLabel = "DIR",
      description = "Output folder (default: the experiment's folder).")
  @Nullable Path out;

  @Option(names = "--force", description = "Replace existing files.")
  boolean force;

  @Override
  public Integer call() {
    ExperimentFolder content = new ExperimentFolder(folder);
    RunJson json = ExtensionOptions.json(spec);
    ExperimentReport report =
        ExperimentReport.of(Catalog.of(json.extensions()).of(content), content);
    Path target = out == null ? folder : out;
    Outputs.requireFiles(target, List.of("report.md", ReportPage.NAME, "results.json"), force);
    report.write(target);
    ReportPage.write(folder, target, json, spec.commandLine().getErr()::println);
    spec.commandLine().getOut().printf("report: %s%n", target.resolve("report.md"));
    return 0;
  }
}
