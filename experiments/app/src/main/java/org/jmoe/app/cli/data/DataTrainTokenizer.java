package org.jmoe.app.cli.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ConsoleProgress;
import org.jmoe.data.corpus.ReadReport;
import org.jmoe.data.corpus.TokenizerBuilder;
import org.jmoe.data.text.TextSource;
import org.jmoe.data.tokenizer.Bpe;
import org.jmoe.io.Outputs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a tokenizer. */
@Command(
    name = "train-tokenizer",
    description = {
      "Trains a byte-level BPE tokenizer on text and writes its tokenizer.json.",
      "",
      "Equal to Hugging Face's BpeTrainer with the ByteLevel pre-tokenizer of GPT-2; Transformers"
          + " and tokenizers read the file. The token <|endoftext|>, id 0, separates documents."
    },
    footer = {
      "",
      "Example:",
      "  jmoe data train-tokenizer --vocabulary 8192 --out tokenizer.json books/",
      "  jmoe data build --tokenizer tokenizer.json --out books.arrow books/"
    },
    mixinStandardHelpOptions = true)
final class DataTrainTokenizer implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin TextOptions texts = new TextOptions();

  @Option(
      names = {"--out", "-o"},
      required = true,
      paramLabel = "FILE",
      description = "The tokenizer.json to write.")
  Path out = Path.of("");

  @Option(
      names = {"--vocabulary", "--vocab-size"},
      defaultValue = "8192",
      paramLabel = "N",
      description = "Number of tokens, at least 257 (default: 8192).")
  int vocabulary;

  @Option(names = "--force", description = "Replace an existing output.")
  boolean force;

  @Option(names = "--progress", description = "Show a progress bar even without a terminal.")
  boolean progress;

  @Override
  public Integer call() {
    Outputs.requireFile(out, force); // before long work
    List<TextSource> sources = texts.sources(out);
    ReadReport report = texts.report();
    TokenizerBuilder builder =
        new TokenizerBuilder(vocabulary, texts.heldOut(), texts.stripLicences);
    long size = sources.stream().mapToLong(TextSource::size).sum();
    try (ConsoleProgress bar = ConsoleProgress.of("training", size, progress)) {
      Bpe trained = builder.build(sources, report, bar);
      trained.write(out, force);
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%s: %,d tokens, %,d merges%n%s%n",
              out,
              trained.tokens().size(),
              trained.merges().size(),
              report.line());
    }
    return 0;
  }
}
