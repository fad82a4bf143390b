package org.jmoe.experiments.cli;

import ai.djl.ndarray.NDManager;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jmoe.experiments.analysis.AnalysisData;
import org.jmoe.experiments.analysis.CheckpointComparison;
import org.jmoe.experiments.analysis.RoutingAnalysis;
import org.jmoe.experiments.analysis.RoutingStability;
import org.jmoe.experiments.analysis.RoutingTables;
import org.jmoe.experiments.analysis.TokenTexts;
import org.jmoe.experiments.data.TextTokenizer;
import org.jmoe.experiments.hub.HubModel;
import org.jmoe.experiments.report.RoutingPictures;
import org.jmoe.experiments.run.LoadedRun;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks at what the routers of a model do with data. */
@Command(
    name = "routing",
    description = {
      "Shows what each expert of a model gets: load, specialisation, typical tokens, co-activation,"
          + " stability.",
      "",
      "Specialisation is the mutual information of expert and label in nats, and the share of"
          + " choices whose label is the commonest of their expert, each beside what shuffled"
          + " labels give. The tables are also written as Arrow files, with heat maps."
    },
    footer = {"", "Example:", "  jmoe routing runs/quickstart --batches 64"},
    mixinStandardHelpOptions = true)
final class RoutingCommand implements Callable<Integer> {
  private static final int LONGEST = 1024;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "DIR",
      description = "The folder of a run, or one of config.json and *.safetensors.")
  Path folder = Path.of("");

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "Route all of this file or folder of tokens (default: what the run held out).")
  @Nullable Path data;

  @Mixin CheckpointOption checkpoint = new CheckpointOption();

  @Option(
      names = "--batches",
      paramLabel = "N",
      description =
          "Most batches, spread over the data (default: as many as summary.json was measured on; of"
              + " --data all).")
  @Nullable Long batches;

  @Option(
      names = "--sequence",
      paramLabel = "N",
      description =
          "Tokens read together by a published checkpoint (default: its context, at most 1024).")
  @Nullable Integer sequence;

  @Option(
      names = "--minimum",
      paramLabel = "N",
      description = "Choices that make a token typical of an expert (default: 10).")
  long minimum = 10;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Folder of the files (default: routing in the run's folder; for a published checkpoint"
              + " none).")
  @Nullable Path out;

  @Mixin TokenizerOption tokenizer = new TokenizerOption();

  @Override
  public Integer call() {
    requirePositive("--batches", batches);
    requirePositive("--minimum", minimum);
    requirePositive("--sequence", sequence == null ? null : sequence.longValue());
    if (HubModel.isOne(folder)) {
      published();
    } else {
      ofRun();
    }
    return 0;
  }

  private static void requirePositive(String option, @Nullable Long number) {
    if (number != null && number < 1) {
      throw new UsageException(option + " must be at least 1, not " + number + ".");
    }
  }

  private void published() {
    checkpoint.refuse();
    Path tokens = data;
    if (tokens == null) {
      throw new UsageException(
          "A published checkpoint has no data of its own; name some by --data.");
    }
    try (HubModel hub = HubModel.open(folder)) {
      int context = Math.min(hub.model().spec().context(), LONGEST);
      int length = sequence == null ? context : sequence;
      try (AnalysisData opened = AnalysisData.of(tokens, hub.model().spec().vocabulary(), length)) {
        Optional<TextTokenizer> texts = tokenizer.find(hub);
        long most = batches == null ? Long.MAX_VALUE : batches;
        analyse(hub.model(), hub.manager(), opened, texts, most, ImmutableList.of());
      }
    }
  }

  private void ofRun() {
    if (sequence != null) {
      throw new UsageException("--sequence is for published checkpoints; a run has its own.");
    }
    try (LoadedRun run = LoadedRun.open(folder, RunTypes.json())) {
      checkpoint.apply(run);
      try (AnalysisData opened = AnalysisData.of(run, data)) {
        long most = batches == null ? defaultBatches(run) : batches;
        Optional<TextTokenizer> texts = tokenizer.find(opened.isBytes());
        ImmutableList<RoutingStability> stability =
            new CheckpointComparison(run, opened.batches(), most).measure();
        analyse(run.model(), run.manager(), opened, texts, most, stability);
      }
    }
  }

  private long defaultBatches(LoadedRun run) {
    return data == null ? run.config().training().finalBatches() : Long.MAX_VALUE;
  }

  private void analyse(
      LanguageModel model,
      NDManager manager,
      AnalysisData opened,
      Optional<TextTokenizer> found,
      long most,
      ImmutableList<RoutingStability> stability) {
    try {
      found.ifPresent(t -> TokenizerOption.requireFits(t, model.spec().vocabulary()));
      TokenTexts texts = found.map(TokenTexts::of).orElseGet(TokenTexts::unknown);
      RoutingAnalysis.Spec asked =
          new RoutingAnalysis.Spec(most, opened.labellings(texts), 8, minimum, 3, 0);
      RoutingAnalysis analysis;
      long count = Math.min(most, opened.batches().perPass());
      try (ConsoleProgress progress = ConsoleProgress.batches("routing", count)) {
        analysis = RoutingAnalysis.of(model, manager, opened.batches(), asked, progress);
      }
      PrintWriter text = spec.commandLine().getOut();
      RoutingText.print(analysis, stability, texts, text);
      notes(opened, texts, analysis).forEach(text::println);
      write(analysis, stability, texts, text);
    } finally {
      found.ifPresent(TextTokenizer::close);
    }
  }

  /** What could not be asked, and why. */
  private static ImmutableList<String> notes(
      AnalysisData opened, TokenTexts texts, RoutingAnalysis analysis) {
    ImmutableList.Builder<String> notes = ImmutableList.builder();
    if (opened.domains().size() < 2) {
      notes.add("\nThe data names no two domains, so there is no specialisation by domain.");
    }
    if (!texts.isKnown()) {
      notes.add(
          "\nThe tokenizer of the data is not known, so that tokens are numbers without a class;"
              + " name it with --tokenizer.");
    }
    if (!analysis.inner().isEmpty()) {
      notes.add(
          "\n%d MoE layers inside experts are left out, as each sees some tokens only."
              .formatted(analysis.inner().size()));
    }
    return notes.build();
  }

  private void write(
      RoutingAnalysis analysis,
      ImmutableList<RoutingStability> stability,
      TokenTexts texts,
      PrintWriter text) {
    Path target = out;
    if (target == null && HubModel.isOne(folder)) {
      text.printf("%nno files: name a folder for them with --out%n");
      return;
    }
    target = target == null ? folder.resolve("routing") : target;
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
    new RoutingPictures(target).draw(analysis);
    text.printf("%ntables and pictures: %s%n", target);
  }
}
