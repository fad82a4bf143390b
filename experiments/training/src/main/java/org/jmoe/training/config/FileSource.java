package org.jmoe.training.config;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.io.Progress;
import org.jspecify.annotations.Nullable;

/**
 * Tokens from a file or folder in any format that {@code jmoe data inspect} supports.
 *
 * @param path absolute path, or path relative to the working directory
 * @param dtype type of the tokens in files without a header, such as {@code uint32}; empty for a
 *     guess
 * @param splits of a folder; empty for those for training, and those for validation as held-out
 *     data
 * @param separator id of the token that ends documents, in data that does not state it; null for
 *     none
 */
public record FileSource(
    String path, String dtype, List<String> splits, @Nullable Integer separator)
    implements CorpusSource {
  /** Checks path, type and separator. */
  public FileSource {
    Preconditions.checkArgument(
        !path.isBlank() && path.indexOf('\0') < 0,
        "path is '%s'; specify a file or folder",
        path.strip().replace("\0", "\\0"));
    splits = ImmutableList.copyOf(splits);
    options(dtype, splits, separator);
  }

  /** A file, or the usual splits of a folder. */
  public FileSource(String path) {
    this(path, "", List.of(), null);
  }

  @Override
  public TokenData open(TokenFormats formats, Progress progress) {
    return formats.open(Path.of(path), options(dtype, splits, separator));
  }

  private static TokenData.Options options(
      String dtype, List<String> splits, @Nullable Integer separator) {
    return TokenData.Options.of(dtype, splits).withSeparator(separator);
  }
}
