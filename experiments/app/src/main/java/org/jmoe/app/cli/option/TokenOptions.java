package org.jmoe.app.cli.option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenFormats;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that select how token files are read. */
public final class TokenOptions {
  @Option(
      names = "--dtype",
      defaultValue = "",
      paramLabel = "TYPE",
      description =
          "Type of the tokens in a .bin or .npy without a header, such as uint16 or uint32"
              + " (default: guessed).")
  String dtype = "";

  @Option(
      names = "--split",
      split = ",",
      paramLabel = "NAME",
      description =
          "Splits to read of a folder that has some (default: training splits, and those for"
              + " validation, else testing, as held-out rows).")
  List<String> splits = new ArrayList<>();

  @Option(
      names = "--separator",
      paramLabel = "ID",
      description =
          "Id of the token that ends documents, in data that does not state it, such as 50256 for"
              + " GPT-2.")
  @Nullable Integer separator;

  /** The separator; null if it is not given. */
  public @Nullable Integer separator() {
    return separator;
  }

  /** The type; empty for a guess. */
  public String dtype() {
    return dtype;
  }

  /** The splits; none for the usual ones. */
  public List<String> splits() {
    return splits;
  }

  /** Whether none is given. */
  public boolean isEmpty() {
    return dtype.isEmpty() && splits.isEmpty() && separator == null;
  }

  /** Opens tokens. */
  public TokenData open(Path path, TokenFormats formats) {
    return formats.open(path, TokenData.Options.of(dtype, splits).withSeparator(separator));
  }

  /**
   * Opens tokens if a path is given.
   *
   * @throws UsageException if these options are given without one
   */
  public @Nullable TokenData openOr(@Nullable Path path, TokenFormats formats) {
    if (path == null && !isEmpty()) {
      throw new UsageException(
          "--split, --dtype and --separator say how --data is read; give --data too.");
    }
    return path == null ? null : open(path, formats);
  }
}
