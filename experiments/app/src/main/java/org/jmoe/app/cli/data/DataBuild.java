package org.jmoe.app.cli.data;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ConsoleProgress;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.TokenizerOption;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.data.corpus.CorpusBuilder;
import org.jmoe.data.corpus.HeldOut;
import org.jmoe.data.corpus.ReadReport;
import org.jmoe.data.text.TextExtension;
import org.jmoe.data.text.TextSource;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.io.Outputs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
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

  @Parameters(
      arity = "0..*",
      paramLabel = "INPUT",
      description =
          "Text files, records with a text field (JSON, Arrow, Parquet), archives of these (zip,"
              + " tar), compressed or not, and folders of any of them; docs/data.md lists them.")
  List<Path> inputs = new ArrayList<>();

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

  @Option(
      names = {"--text-field", "--field"},
      defaultValue = "text",
      paramLabel = "NAME",
      description = "Field of the text in JSON, Arrow and Parquet files (default: text).")
  String textField = "text";

  @Option(
      names = "--domain-field",
      defaultValue = "domain",
      paramLabel = "NAME",
      description = "Field of the domain in JSON, Arrow and Parquet files (default: domain).")
  String domainField = "domain";

  @Option(
      names = "--validation",
      defaultValue = "0",
      paramLabel = "SHARE",
      description =
          "Fraction of documents held out for validation, chosen by a hash of their names"
              + " (default: 0).")
  double validation;

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Seed of the held-out split (default: 0).")
  long seed;

  @Option(
      names = "--split",
      split = ",",
      paramLabel = "NAME",
      description =
          "Splits to read of folders that have some (default: training splits, and those for"
              + " validation, else testing, as held-out data).")
  List<String> splits = new ArrayList<>();

  @Option(
      names = "--plain-text",
      description = "Read files of no known kind as plain text, one document each.")
  boolean plainText;

  @Option(
      names = "--max-bad-records",
      defaultValue = "100",
      paramLabel = "N",
      description = "Faulty records that are left out before the build fails (default: 100).")
  int maxBadRecords;

  @Option(
      names = "--strict",
      description = "Fail at the first faulty record; the same as --max-bad-records 0.")
  boolean strict;

  @Option(
      names = "--strip-licences",
      description = "Remove the licence comment at the top of source files.")
  boolean stripLicences;

  @Option(names = "--force", description = "Replace an existing output.")
  boolean force;

  @Option(names = "--progress", description = "Show a progress bar even without a terminal.")
  boolean progress;

  @Override
  public Integer call() {
    if (inputs.isEmpty()) {
      throw new UsageException(
          "The corpus is empty: no input was given; see jmoe data build --help.");
    }
    Outputs.requireNoInput(out, inputs);
    TextSource.Options options =
        new TextSource.Options(
            new TextSource.Fields(textField, List.of(domainField)),
            ImmutableList.copyOf(splits),
            plainText,
            TextExtension.formats(ExtensionOptions.extensions(spec)));
    List<TextSource> sources = inputs.stream().map(input -> TextSource.of(input, options)).toList();
    ReadReport report = ReadReport.allowing(strict ? 0 : maxBadRecords);
    long size = sources.stream().mapToLong(TextSource::size).sum();
    try (TextTokenizer opened = tokenizer.open();
        ConsoleProgress bar = ConsoleProgress.of("building", size, progress)) {
      CorpusBuilder builder =
          new CorpusBuilder(
              opened, specialTokens, new HeldOut(validation, seed), stripLicences, description());
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
        String.join(" ", inputs.stream().map(i -> String.valueOf(i.getFileName())).toList()));
    description.put("textField", textField);
    description.put("domainField", domainField);
    if (!splits.isEmpty()) {
      description.put("splits", String.join(",", splits));
    }
    return description;
  }
}
