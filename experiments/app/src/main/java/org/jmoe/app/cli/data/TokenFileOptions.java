package org.jmoe.app.cli.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.data.formats.TokenData;
import picocli.CommandLine.Option;

/** How a dataset of tokens is read. */
final class TokenFileOptions {
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

  /** Opens a dataset. */
  TokenData open(Path path) {
    return TokenData.open(path, TokenData.Options.of(dtype, splits));
  }
}
