package org.jmoe.app.cli.analysis;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jmoe.analysis.CheckpointComparison;
import org.jmoe.analysis.RoutingAnalysis;
import org.jmoe.analysis.RoutingStability;
import org.jmoe.analysis.RoutingTables;
import org.jmoe.analysis.labels.TokenLabels;
import org.jmoe.analysis.labels.TokenTexts;
import org.jmoe.app.cli.option.ConsoleProgress;
import org.jmoe.app.cli.option.EvaluationOptions;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.ModelOptions;
import org.jmoe.app.cli.option.TokenizerOption;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.catalog.report.RoutingPlots;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.io.Outputs;
import org.jmoe.training.run.EvaluationData;
import org.jmoe.training.run.OpenedModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Analyses the routing of a model on data. */
@Command(
    name = "routing",
    description = {
      "Analyses the routing of a model: load, specialisation, typical tokens,"
          + " co-activation, stability.",
      "",
      "Specialisation is the mutual information of expert and label in nats, and the"
          + " fraction of choices whose label is the most common one of their expert, each"
          + " compared with a permutation baseline. The tables are also written as Arrow"
          + " files, with heat maps."
    },
    footer = {"", "Example:", "  jmoe routing runs/quickstart --batches 64"},
    mixinStandardHelpOptions = true)
public final class RoutingCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin ModelOptions model = new ModelOptions();

  @Mixin EvaluationOptions tokens = new EvaluationOptions();

  @Option(
      names = "--minimum",
      paramLabel = "N",
      description = "Minimum count for a token to be typical of an expert (default: 10).")
  long minimum = 10;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Output folder (default: routing in the run's folder; for a published checkpoint"
              + " none).")
  @Nullable Path out;

  @Option(names = "--force", description = "Replace existing files.")
  boolean force;

  @Mixin TokenizerOption tokenizer = new TokenizerOption();

  @Override
  public Integer call() {
    if (minimum < 1) {
      throw new UsageException("--minimum must be at least 1, not " + minimum + ".");
    }
    tokens.check();
    try (OpenedModel opened = model.open()) {
      Path target = target(opened);
      if (target != null) {
        Outputs.requireNewFolder(target, force);
      }
      try (EvaluationData data = tokens.open(opened, ExtensionOptions.formats(spec))) {
        analyse(opened, data);
      }
    }
    return 0;
  }

  private void analyse(OpenedModel opened, EvaluationData data) {
    Optional<TextTokenizer> found = tokenizer.find(opened, data);
    try {
      TokenTexts texts = found.map(TokenTexts::of).orElseGet(TokenTexts::unknown);
      ImmutableList<RoutingStability> stability =
          new CheckpointComparison(opened, data.batches(), data.count()).measure();
      RoutingAnalysis.Spec asked =
          new RoutingAnalysis.Spec(
              data.count(), TokenLabels.standard(data, texts), 8, minimum, 3, 0);
      RoutingAnalysis analysis;
      try (ConsoleProgress progress = ConsoleProgress.batches("routing", data.count())) {
        analysis =
            RoutingAnalysis.of(opened.model(), opened.manager(), data.batches(), asked, progress);
      }
      PrintWriter text = spec.commandLine().getOut();
      RoutingText.print(analysis, stability, texts, text);
      notes(data, texts, analysis).forEach(text::println);
      write(opened, analysis, stability, texts, text);
    } finally {
      found.ifPresent(TextTokenizer::close);
    }
  }

  /** Notes on analyses that do not apply. */
  private static ImmutableList<String> notes(
      EvaluationData data, TokenTexts texts, RoutingAnalysis analysis) {
    ImmutableList.Builder<String> notes = ImmutableList.builder();
    if (data.domains().size() < 2) {
      notes.add(
          "\nThe data has fewer than two domains, so specialisation by domain does not"
              + " apply.");
    }
    if (!texts.isKnown()) {
      notes.add(
          "\nThe tokenizer of the data is unknown, so tokens are shown as ids without a"
              + " class; set --tokenizer.");
    }
    if (!analysis.inner().isEmpty()) {
      notes.add(
          ("\n%d MoE layers inside experts are skipped, since each sees only some of the"
                  + " tokens.")
              .formatted(analysis.inner().size()));
    }
    return notes.build();
  }

  private @Nullable Path target(OpenedModel opened) {
    if (out != null) {
      return out;
    }
    return opened.steps().isEmpty() ? null : opened.folder().resolve("routing");
  }

  private void write(
      OpenedModel opened,
      RoutingAnalysis analysis,
      ImmutableList<RoutingStability> stability,
      TokenTexts texts,
      PrintWriter text) {
    Path target = target(opened);
    if (target == null) {
      text.printf("%nno files written; set --out to write them%n");
      return;
    }
    try {
      Files.createDirectories(target);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + target, e);
    }
    RoutingTables tables = new RoutingTables(target);
    tables.write(analysis, texts);
    if (!stability.isEmpty()) {
      tables.write(stability);
    }
    new RoutingPlots(target).draw(analysis);
    text.printf("%ntables and plots: %s%n", target);
  }
}
