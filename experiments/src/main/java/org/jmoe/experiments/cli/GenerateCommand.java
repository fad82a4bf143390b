package org.jmoe.experiments.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jmoe.experiments.data.TextTokenizer;
import org.jmoe.experiments.run.LoadedRun;
import org.jmoe.experiments.run.RunJson;
import org.jmoe.experiments.run.SpecTypes;
import org.jmoe.transformer.Generator;
import org.jmoe.transformer.Sampling;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Continues a text. */
@Command(
    name = "generate",
    description = "Continues a prompt with the model of a run.",
    footer = {
      "",
      "Example:",
      "  jmoe generate runs/quickstart --prompt 'public final class ' --tokens 200"
    },
    mixinStandardHelpOptions = true)
final class GenerateCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "DIR", description = "The folder of a run.")
  Path folder = Path.of("");

  @Option(
      names = {"--prompt", "-p"},
      required = true,
      paramLabel = "TEXT",
      description = "The text to continue.")
  String prompt = "";

  @Option(names = "--tokens", paramLabel = "N", description = "Tokens to add (default: 256).")
  int tokens = 256;

  @Option(
      names = "--temperature",
      description = "0 for the most likely token, 1 for the model's own odds (default: 0.8).")
  double temperature = 0.8;

  @Option(names = "--top-k", description = "Only the k most likely tokens; 0 for all (default: 0).")
  int topK;

  @Option(
      names = "--top-p",
      description = "Only the likeliest tokens that reach p together (default: 0.95).")
  double topP = 0.95;

  @Option(
      names = "--repetition-penalty",
      description = "Above 1 to avoid tokens that stand in the text already (default: 1).")
  double repetitionPenalty = 1;

  @Option(names = "--seed", description = "Another seed, another text (default: 0).")
  long seed;

  @Mixin TokenizerOption tokenizer = new TokenizerOption();

  @Override
  public Integer call() {
    if (tokens < 1) {
      throw new UsageException("--tokens must be at least 1, not " + tokens + ".");
    }
    Sampling sampling = new Sampling(temperature, topK, topP, repetitionPenalty);
    try (LoadedRun run = LoadedRun.open(folder, new RunJson(SpecTypes.standard()));
        TextTokenizer opened = tokenizer.open()) {
      int known = run.config().model().vocabulary();
      if (opened.vocabulary() > known) {
        throw new UsageException(
            "The tokenizer %s has %d ids, the model %d; name the tokenizer of its data with --tokenizer."
                .formatted(opened.name(), opened.vocabulary(), known));
      }
      List<Integer> ids = Arrays.stream(opened.encode(prompt, false)).boxed().toList();
      List<Integer> added =
          new Generator(run.model(), run.manager(), sampling)
              .generate(ids, tokens, seed, token -> {});
      PrintWriter text = spec.commandLine().getOut();
      text.print(prompt);
      text.println(opened.decode(added.stream().mapToInt(Integer::intValue).toArray()));
    }
    return 0;
  }
}
