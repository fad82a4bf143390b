package org.jmoe.data.text;

import java.nio.file.Path;
import org.jmoe.data.text.TextSource.Fields;
import org.jmoe.extension.Named;
import org.jmoe.io.DataFormatException;

/**
 * A format of files that hold several documents, such as records; users add theirs in an extension.
 * Formats are asked before a file is taken for compressed, JSON or plain text.
 */
public interface TextFormat extends Named {
  /**
   * Returns whether a file is of this format.
   *
   * @param head first bytes of the file, at most 512; none if only the name is known
   * @param name of the file, with its folders
   */
  boolean recognizes(byte[] head, String name);

  /**
   * Reads the documents of a file. Files inside archives and compression are not offered.
   *
   * @param name of the file, with which the names of its documents should begin
   * @param domain of documents that state none
   * @param fields that hold text and domain, where documents have fields
   * @throws DataFormatException if the file is malformed
   */
  void read(Path file, String name, String domain, Fields fields, TextVisitor visitor);
}
