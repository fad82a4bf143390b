package org.jmoe.app.cli.option;

import java.util.Optional;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.training.run.EvaluationData;
import org.jmoe.training.run.OpenedModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The tokenizer option shared by several commands. */
public final class TokenizerOption {
  @Option(
      names = "--tokenizer",
      paramLabel = "FILE|bytes",
      description = {
        "A Hugging Face tokenizer.json, or bytes (default): ids are UTF-8 bytes, 0"
            + " separates documents."
      })
  @Nullable String name;

  /** The tokenizer that is named, else bytes. */
  public TextTokenizer open() {
    return TextTokenizer.open(name == null ? TextTokenizer.BYTES : name);
  }

  /**
   * The tokenizer that is named, else the model's own.
   *
   * @throws UsageException when none is known, or it has ids that the model has not
   */
  public TextTokenizer open(OpenedModel opened) {
    return find(opened)
        .orElseThrow(
            () ->
                new UsageException(
                    "%s names no tokenizer for its model of %d ids; name one with --tokenizer, or give token ids with --ids."
                        .formatted(opened.folder(), opened.model().spec().vocabulary())));
  }

  /** The same, if one is known. */
  public Optional<TextTokenizer> find(OpenedModel opened) {
    return open(name == null ? opened.tokenizer() : Optional.of(name), opened);
  }

  /** The tokenizer that is named, else that of the data, else the one in the model's folder. */
  public Optional<TextTokenizer> find(OpenedModel opened, EvaluationData data) {
    if (name != null) {
      return find(opened);
    }
    Optional<String> known =
        data.isBytes()
            ? Optional.of(TextTokenizer.BYTES)
            : opened.tokenizer().filter(own -> !own.equals(TextTokenizer.BYTES));
    return open(known, opened);
  }

  private static Optional<TextTokenizer> open(Optional<String> known, OpenedModel opened) {
    Optional<TextTokenizer> found = known.map(TextTokenizer::open);
    try {
      found.ifPresent(tokenizer -> requireFits(tokenizer, opened.model().spec().vocabulary()));
      return found;
    } catch (UsageException e) {
      found.ifPresent(TextTokenizer::close);
      throw e;
    }
  }

  /**
   * Checks that a tokenizer gives no id that a model does not know.
   *
   * @throws UsageException when it does
   */
  private static void requireFits(TextTokenizer tokenizer, int vocabulary) {
    if (tokenizer.vocabulary() > vocabulary) {
      throw new UsageException(
          "The tokenizer %s has %d ids, the model %d; name the tokenizer of its data with --tokenizer."
              .formatted(tokenizer.name(), tokenizer.vocabulary(), vocabulary));
    }
  }
}
