package org.jmoe.app.cli.data;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.data.corpus.HeldOut;
import org.jmoe.data.corpus.SyntheticCorpus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a synthetic corpus with known domains. */
@Command(
    name = "synthetic",
    description = {
      "Writes a corpus with planted experts: each domain is a Markov chain of its own, so the"
          + " domain of every token is known and specialisation can be scored against the truth."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class DataSynthetic implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "OUT", description = "The Arrow file to write.")
  Path out = Path.of("");

  @Option(names = "--domains", defaultValue = "8", description = "Number of chains.")
  int domains;

  @Option(names = "--vocabulary", defaultValue = "64", description = "Number of token ids.")
  int vocabulary;

  @Option(
      names = "--sharpness",
      defaultValue = "2",
      description = "0: all tokens equally likely; 5: few successors.")
  double sharpness;

  @Option(
      names = "--sequences",
      defaultValue = "1000",
      description = "Sequences per domain; in total with --switch.")
  int sequences;

  @Option(names = "--sequence-length", defaultValue = "128", description = "Tokens per sequence.")
  int sequenceLength;

  @Option(
      names = "--switch",
      defaultValue = "0",
      paramLabel = "P",
      description = "Probability of switching the domain at each token.")
  double switchProbability;

  @Option(
      names = "--validation",
      defaultValue = "0.05",
      paramLabel = "SHARE",
      description = "Fraction of sequences held out.")
  double validation;

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Seed of the chains and the sequences.")
  long seed;

  @Option(
      names = "--force",
      description = "Replace an existing output.",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER)
  boolean force;

  @Override
  public Integer call() {
    SyntheticCorpus.Spec planted =
        SyntheticCorpus.Spec.of(domains, vocabulary, sharpness)
            .withSequences(sequences, sequenceLength)
            .withSwitching(switchProbability)
            .withSeed(seed);
    requireSpace(planted);
    new SyntheticCorpus(planted).write(out, force, new HeldOut(validation, seed));
    PrintWriter print = spec.commandLine().getOut();
    print.printf(Locale.ROOT, "%s: %d domains, vocabulary %d%n", out, domains, vocabulary);
    print.flush();
    return 0;
  }

  private void requireSpace(SyntheticCorpus.Spec planted) {
    Path folder = Objects.requireNonNullElse(out.toAbsolutePath().getParent(), out);
    double bytes = Integer.BYTES * planted.tokens();
    if (Files.isDirectory(folder) && bytes > folder.toFile().getUsableSpace()) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "The corpus has %,.0f tokens and needs %,.0f bytes, more than are free in %s; lower"
                  + " --sequences or --sequence-length.",
              planted.tokens(),
              bytes,
              folder));
    }
  }
}
