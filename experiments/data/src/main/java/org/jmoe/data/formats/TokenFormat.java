package org.jmoe.data.formats;

import java.util.List;
import java.util.Optional;
import org.jmoe.extension.Named;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.FileBytes;

/**
 * A format of token files. {@link TokenFormats} tries the formats in order; extensions can add
 * formats.
 */
public interface TokenFormat extends Named {
  /** Returns the file name extensions, without dot, of data files in folders. */
  List<String> extensions();

  /**
   * Returns whether files are recognized by name only. Such formats are tried after those that
   * check the content.
   */
  default boolean byName() {
    return false;
  }

  /**
   * Opens a file.
   *
   * @param file open during the call only, and not empty
   * @return the data; empty if the file has another format
   * @throws DataFormatException if the file has this format, but is malformed
   */
  Optional<TokenData> open(FileBytes file, TokenData.Options options);
}
