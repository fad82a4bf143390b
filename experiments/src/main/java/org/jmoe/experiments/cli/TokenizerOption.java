package org.jmoe.experiments.cli;

import java.nio.file.Path;
import org.jmoe.experiments.data.DataFormatException;
import org.jmoe.experiments.data.TextTokenizer;
import org.jmoe.experiments.hub.HubModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that several commands share. */
final class TokenizerOption {
  @Option(
      names = "--tokenizer",
      paramLabel = "FILE|bytes",
      description = {
        "A tokenizer.json of Hugging Face, or bytes (default): ids are the bytes of UTF-8, 0 separates documents."
      })
  @Nullable String name;

  TextTokenizer open() {
    return TextTokenizer.open(name == null ? TextTokenizer.BYTES : name);
  }

  /** The tokenizer that is named, else that of a published checkpoint. */
  TextTokenizer open(HubModel hub) {
    if (name != null) {
      return TextTokenizer.open(name);
    }
    Path own =
        hub.tokenizer()
            .orElseThrow(
                () ->
                    new DataFormatException(
                        hub.folder(),
                        "holds no tokenizer.json; give token ids with --ids, or name a tokenizer"));
    return TextTokenizer.open(own.toString());
  }
}
