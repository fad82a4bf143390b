package org.jmoe.app.cli.data;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.data.corpus.HeldOut;
import org.jmoe.data.corpus.ReadReport;
import org.jmoe.data.text.TextExtension;
import org.jmoe.data.text.TextSource;
import org.jmoe.io.Outputs;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Options that select texts. */
final class TextOptions {
  @Spec(Spec.Target.MIXEE)
  CommandSpec command = CommandSpec.create();

  @Parameters(
      arity = "0..*",
      paramLabel = "INPUT",
      description =
          "Text files, records with a text field (JSON, Arrow, Parquet), archives of these (zip,"
              + " tar), compressed or not, and folders of any of them; docs/data.md lists them.")
  List<Path> inputs = new ArrayList<>();

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
      names = "--strip-licences",
      description = "Remove the licence comment at the top of source files.")
  boolean stripLicences;

  /** Which documents are held out. */
  HeldOut heldOut() {
    return new HeldOut(validation, seed);
  }

  /** The texts, none of which is the output. */
  List<TextSource> sources(Path out) {
    if (inputs.isEmpty()) {
      throw new UsageException(
          "The corpus is empty: no input was given; see %s --help."
              .formatted(command.qualifiedName()));
    }
    Outputs.requireNoInput(out, inputs);
    TextSource.Options options =
        new TextSource.Options(
            new TextSource.Fields(textField, List.of(domainField)),
            ImmutableList.copyOf(splits),
            plainText,
            TextExtension.formats(ExtensionOptions.extensions(command)));
    return inputs.stream().map(input -> TextSource.of(input, options)).toList();
  }

  /** Records what is read and left out. */
  ReadReport report() {
    return ReadReport.allowing(strict ? 0 : maxBadRecords);
  }
}
