package org.jmoe.experiments.cli;

import org.jmoe.experiments.data.TextTokenizer;
import picocli.CommandLine.Option;

/** The option that several commands share. */
final class TokenizerOption {
  @Option(
      names = "--tokenizer",
      paramLabel = "FILE|bytes",
      defaultValue = TextTokenizer.BYTES,
      description = {
        "A tokenizer.json of Hugging Face, or bytes (default): ids are the bytes of UTF-8, 0 separates documents."
      })
  String name = TextTokenizer.BYTES;

  TextTokenizer open() {
    return TextTokenizer.open(name);
  }
}
