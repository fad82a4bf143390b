package org.jmoe.data.text;

import java.nio.file.Path;
import org.jmoe.data.text.TextSource.Fields;
import org.jmoe.extension.Named;
import org.jmoe.io.DataFormatException;

/**
 * A format of files with several documents, such as records; extensions can add formats. Formats
 * are tried before a file is read as compressed, JSON or plain text.
 */
public interface TextFormat extends Named {
  /**
   * Returns whether a file has this format.
   *
   * @param head first bytes of the file, at most 512; empty if only the name is known
   * @param name name of the file, with folders
   */
  boolean recognizes(byte[] head, String name);

  /**
   * Reads the documents of a file; not called for files inside archives or compression.
   *
   * @param name name of the file; names of its documents should start with it
   * @param domain domain of documents without one
   * @param fields fields of text and domain, if documents have fields
   * @throws DataFormatException if the file is malformed
   */
  void read(Path file, String name, String domain, Fields fields, TextVisitor visitor);
}
