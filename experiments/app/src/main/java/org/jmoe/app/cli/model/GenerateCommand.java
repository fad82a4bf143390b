package org.jmoe.app.cli.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableLongArray;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ModelOptions;
import org.jmoe.app.cli.option.TokenizerOption;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.data.tokenizer.TextStream;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.io.MachineMemory;
import org.jmoe.models.hub.HubModel;
import org.jmoe.models.hub.IdsFile;
import org.jmoe.training.run.OpenedModel;
import org.jmoe.transformer.Generator;
import org.jmoe.transformer.Sampling;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Continues a text. */
@Command(
    name = "generate",
    description = {
      "Continues a prompt with the model of a run or a published checkpoint.",
      "",
      "The text appears as it is generated. It ends after --tokens tokens, at an end token of the"
          + " checkpoint's generation_config.json or config.json, or before a text of --stop."
    },
    footer = {
      "",
      "Example:",
      "  jmoe generate runs/quickstart --prompt 'public final class ' --tokens 200"
    },
    mixinStandardHelpOptions = true)
public final class GenerateCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin ModelOptions model = new ModelOptions();

  @Option(
      names = {"--prompt", "-p"},
      paramLabel = "TEXT",
      description = "The text to continue.")
  @Nullable String prompt;

  @Option(
      names = "--ids",
      paramLabel = "FILE.json",
      description =
          "Token ids to continue instead of a prompt; prints ids as JSON. No tokenizer is"
              + " needed.")
  @Nullable Path ids;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Number of tokens to generate at most (default: 256).")
  int tokens = 256;

  @Option(
      names = "--temperature",
      description = "Sampling temperature; 0 is greedy (default: 0.8).")
  double temperature = 0.8;

  @Option(
      names = "--top-k",
      description = "Sample from the k most likely tokens; 0 for all (default: 0).")
  int topK;

  @Option(
      names = "--top-p",
      description =
          "Sample from the smallest set of tokens with total probability p (default: 0.95).")
  double topP = 0.95;

  @Option(
      names = "--repetition-penalty",
      description = "Penalty for tokens that already occur; 1 is none (default: 1).")
  double repetitionPenalty = 1;

  @Option(names = "--seed", description = "Sampling seed (default: 0).")
  long seed;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End before this text; repeatable. Needs --prompt.")
  List<String> stop = new ArrayList<>();

  @Mixin TokenizerOption tokenizer = new TokenizerOption();

  @Override
  public Integer call() {
    if (tokens < 1) {
      throw new UsageException("--tokens must be at least 1, not " + tokens + ".");
    }
    if ((prompt == null) == (ids == null)) {
      throw new UsageException("Give one of --prompt TEXT and --ids FILE.json.");
    }
    if (ids != null && !stop.isEmpty()) {
      throw new UsageException("--stop ends a text; use it with --prompt instead of --ids.");
    }
    if (stop.contains("")) {
      throw new UsageException("--stop is empty; give the text to end before.");
    }
    Sampling sampling = new Sampling(temperature, topK, topP, repetitionPenalty);
    try (OpenedModel opened = model.open()) {
      generate(opened, new Generator(opened.model(), opened.manager(), sampling));
    }
    return 0;
  }

  private void generate(OpenedModel opened, Generator generator) {
    PrintWriter out = spec.commandLine().getOut();
    ImmutableSet<Integer> ends = opened.endTokens();
    if (ids != null) {
      IdsFile input = IdsFile.read(ids, opened.model().spec().vocabulary());
      input.ids().forEach(row -> requireFits(opened, generator, row.length()));
      out.println(continued(generator, input, ends));
      return;
    }
    String text = Objects.requireNonNull(prompt);
    try (TextTokenizer texts = tokenizer.open(opened)) {
      // Transformers adds the special tokens of the tokenizer's template, such as <s>.
      boolean special = opened instanceof HubModel;
      List<Integer> read = Arrays.stream(texts.encode(text, special)).boxed().toList();
      requireFits(opened, generator, read.size());
      out.print(text);
      StopTexts stops = new StopTexts(stop, out);
      TextStream stream = new TextStream(texts, read, stops::add);
      generator.generateWhile(
          read,
          tokens,
          seed,
          token -> {
            stream.add(token);
            return !ends.contains(token) && !stops.isFound() && !out.checkError();
          });
      stream.end();
      stops.end();
      out.println();
    }
  }

  private void requireFits(OpenedModel opened, Generator generator, int prompt) {
    if (!opened.manager().getDevice().isGpu()) {
      MachineMemory.require(
          generator.bytes(prompt, tokens),
          "Continuing a prompt of %,d tokens by %,d".formatted(prompt, tokens),
          "lower --tokens or shorten the prompt");
    }
  }

  /** Rows of ids and what follows each, up to its end token, which is included. */
  private ObjectNode continued(Generator generator, IdsFile input, ImmutableSet<Integer> ends) {
    if (!input.mask().isEmpty()) {
      throw new UsageException("--ids has a mask; give rows without padding to continue them.");
    }
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    ArrayNode before = node.putArray("ids");
    ArrayNode after = node.putArray("continuation");
    for (ImmutableLongArray row : input.ids()) {
      List<Integer> read = row.stream().mapToInt(Math::toIntExact).boxed().toList();
      read.forEach(before.addArray()::add);
      generator
          .generateWhile(read, tokens, seed, token -> !ends.contains(token))
          .forEach(after.addArray()::add);
    }
    return node;
  }
}
