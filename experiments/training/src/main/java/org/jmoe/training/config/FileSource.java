package org.jmoe.training.config;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.io.Progress;

/**
 * Tokens from a file or folder in any format that {@code jmoe data inspect} supports.
 *
 * @param path absolute path, or path relative to the working directory
 * @param dtype type of the tokens in files without a header, such as {@code uint32}; empty for a
 *     guess
 * @param splits of a folder; empty for those for training, and those for validation as held-out
 *     data
 */
public record FileSource(String path, String dtype, List<String> splits) implements CorpusSource {
  /** Checks path and type. */
  public FileSource {
    Preconditions.checkArgument(
        !path.isBlank() && path.indexOf('\0') < 0,
        "path is '%s'; specify a file or folder",
        path.strip().replace("\0", "\\0"));
    splits = ImmutableList.copyOf(splits);
    TokenData.Options.of(dtype, splits);
  }

  /** A file, or the usual splits of a folder. */
  public FileSource(String path) {
    this(path, "", List.of());
  }

  @Override
  public TokenData open(TokenFormats formats, Progress progress) {
    return formats.open(Path.of(path), TokenData.Options.of(dtype, splits));
  }
}
