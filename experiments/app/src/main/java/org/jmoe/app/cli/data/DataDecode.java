package org.jmoe.app.cli.data;

import com.google.common.base.Splitter;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.TokenizerOption;
import org.jmoe.data.tokenizer.TextTokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Decodes ids to text. */
@Command(
    name = "decode",
    description =
        "Prints the text of ids, without special tokens: jmoe data decode --tokenizer bytes 72 105",
    mixinStandardHelpOptions = true)
final class DataDecode implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin TokenizerOption tokenizer = new TokenizerOption();

  @Parameters(
      arity = "0..*",
      paramLabel = "ID",
      description = "Ids, separated by spaces or as one JSON array.")
  List<String> words = new ArrayList<>();

  @Override
  public Integer call() {
    int[] ids =
        words.stream()
            .flatMap(w -> Splitter.onPattern("[\\[\\],\\s]+").omitEmptyStrings().splitToStream(w))
            .mapToInt(DataDecode::id)
            .toArray();
    try (TextTokenizer opened = tokenizer.open()) {
      PrintWriter out = spec.commandLine().getOut();
      out.println(opened.decode(ids));
      out.flush();
    }
    return 0;
  }

  private static int id(String word) {
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "The id '" + word + "' is no whole number; give ids such as 72 105.", e);
    }
  }
}
