package org.jmoe.app.cli.data;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ConsoleProgress;
import org.jmoe.app.cli.option.TokenizerOption;
import org.jmoe.data.corpus.DefaultCorpus;
import org.jmoe.data.tokenizer.TextTokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Builds the default corpus. */
@Command(
    name = "corpus",
    description = {
      "Builds the default corpus if needed and prints the path of its Arrow file.",
      "",
      "It consists of the sources of well-known Apache-licensed libraries, each one a domain. They"
          + " are part of jmoe and cached in ~/.cache/jmoe, or found in the folder that"
          + " -Djmoe.corpus or JMOE_CORPUS names."
    },
    mixinStandardHelpOptions = true)
final class DataCorpus implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin TokenizerOption tokenizer = new TokenizerOption();

  @Option(names = "--progress", description = "Show a progress bar even without a terminal.")
  boolean progress;

  @Override
  public Integer call() {
    DefaultCorpus corpus = DefaultCorpus.locate();
    try (TextTokenizer opened = tokenizer.open();
        ConsoleProgress bar = ConsoleProgress.of("corpus", corpus.size(), progress)) {
      Path file = corpus.file(opened, bar);
      PrintWriter out = spec.commandLine().getOut();
      out.println(file);
      out.flush();
    }
    return 0;
  }
}
