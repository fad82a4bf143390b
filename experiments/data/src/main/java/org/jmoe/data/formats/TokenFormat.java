package org.jmoe.data.formats;

import java.util.List;
import java.util.Optional;
import org.jmoe.extension.Named;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.FileBytes;

/**
 * A format of token files. {@link TokenFormats} asks one format after another; users add theirs in
 * an extension.
 */
public interface TokenFormat extends Named {
  /** Returns the file name extensions, without a dot, by which files of a folder are found. */
  List<String> extensions();

  /**
   * Returns whether files are recognized by their name alone. Such formats are asked after those
   * that look at the content.
   */
  default boolean byName() {
    return false;
  }

  /**
   * Opens a file.
   *
   * @param file open during the call only, and not empty
   * @return nothing if the file is of another format
   * @throws DataFormatException if it is of this format and malformed
   */
  Optional<TokenData> open(FileBytes file, TokenData.Options options);
}
