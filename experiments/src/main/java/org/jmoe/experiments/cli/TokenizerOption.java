package org.jmoe.experiments.cli;

import java.nio.file.Path;
import java.util.Optional;
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
        "A tokenizer.json of Hugging Face, or bytes (default): ids are the bytes of UTF-8, 0"
            + " separates documents."
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

  /** The tokenizer that is named, else that of a published checkpoint, if it has one. */
  Optional<TextTokenizer> find(HubModel hub) {
    return name != null || hub.tokenizer().isPresent() ? Optional.of(open(hub)) : Optional.empty();
  }

  /** The tokenizer that is named, else bytes where the data say so. */
  Optional<TextTokenizer> find(boolean bytes) {
    return name != null || bytes ? Optional.of(open()) : Optional.empty();
  }

  /**
   * Checks that a tokenizer gives no id that a model does not know.
   *
   * @throws UsageException when it does
   */
  static void requireFits(TextTokenizer tokenizer, int vocabulary) {
    if (tokenizer.vocabulary() > vocabulary) {
      throw new UsageException(
          "The tokenizer %s has %d ids, the model %d; name the tokenizer of its data with --tokenizer."
              .formatted(tokenizer.name(), tokenizer.vocabulary(), vocabulary));
    }
  }
}
