package org.jmoe.data.formats;

import java.util.Optional;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.FileBytes;

/** A format of token files; {@link TokenFormats} asks one after the other. */
interface TokenFormat {
  /**
   * Opens a file.
   *
   * @return nothing when the file is of another format
   * @throws DataFormatException when it is of this format and malformed
   */
  Optional<TokenData> open(FileBytes file, TokenData.Options options);
}
