package org.jmoe.app.cli.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ConsoleProgress;
import org.jmoe.app.cli.option.TokenizerOption;
import org.jmoe.data.corpus.CorpusBuilder;
import org.jmoe.data.corpus.ReadReport;
import org.jmoe.data.text.TextSource;
import org.jmoe.data.tokenizer.TextTokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Turns texts into an Arrow file. */
@Command(
    name = "build",
    description = {
      "Turns text into one Arrow file with the columns ids, domain and split; a document is a row.",
      "",
      "The domain of a document is, for files in a folder, the subfolder right below"
          + " the named one; for a zip or jar, its name; for JSON, Arrow and Parquet, a field;"
          + " for a single text file, its name."
    },
    footer = {
      "",
      "Examples:",
      "  jmoe data build --out books.arrow books/",
      "  jmoe data build --out code.arrow --strip-licences guava-sources.jar lucene-sources.jar",
      "  jmoe data build --out web.arrow --tokenizer tokenizer.json --domain-field site pages.jsonl"
    },
    mixinStandardHelpOptions = true)
final class DataBuild implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin TextOptions texts = new TextOptions();

  @Option(
      names = {"--out", "-o"},
      required = true,
      paramLabel = "FILE",
      description = "The Arrow file to write.")
  Path out = Path.of("");

  @Mixin TokenizerOption tokenizer = new TokenizerOption();

  @Option(
      names = "--add-special-tokens",
      description = "Add the special tokens of the tokenizer's template to each document.")
  boolean specialTokens;

  @Option(names = "--force", description = "Replace an existing output.")
  boolean force;

  @Option(names = "--progress", description = "Show a progress bar even without a terminal.")
  boolean progress;

  @Override
  public Integer call() {
    List<TextSource> sources = texts.sources(out);
    ReadReport report = texts.report();
    long size = sources.stream().mapToLong(TextSource::size).sum();
    try (TextTokenizer opened = tokenizer.open();
        ConsoleProgress bar = ConsoleProgress.of("building", size, progress)) {
      CorpusBuilder builder =
          new CorpusBuilder(
              opened, specialTokens, texts.heldOut(), texts.stripLicences, description());
      CorpusBuilder.Built built = builder.build(sources, out, force, report, bar);
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%s: %,d rows (%,d held out), %,d tokens, %d domains%n%s%n%s%n",
              out,
              built.rows(),
              built.heldOutRows(),
              built.tokens(),
              built.domains(),
              report.line(),
              opened.separatorNote());
    }
    return 0;
  }

  // Names, not paths: the same inputs elsewhere give the same file.
  private Map<String, String> description() {
    Map<String, String> description = new TreeMap<>();
    description.put(
        "inputs",
        String.join(" ", texts.inputs.stream().map(i -> String.valueOf(i.getFileName())).toList()));
    description.put("textField", texts.textField);
    description.put("domainField", texts.domainField);
    if (!texts.splits.isEmpty()) {
      description.put("splits", String.join(",", texts.splits));
    }
    return description;
  }
}
