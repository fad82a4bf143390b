package org.jmoe.data.text;

import org.jmoe.io.DataFormatException;

/** Receives the documents of text sources, and the status of each file. */
@FunctionalInterface
public interface TextVisitor {
  /** Receives the next document. */
  void document(Document document);

  /** Called when a file, or an entry of an archive, was read. */
  default void read(String file) {}

  /**
   * Called when a file, or an entry of an archive, was skipped.
   *
   * @param reason reason as a predicate, such as "is empty"
   */
  default void skipped(String file, String reason) {}

  /**
   * Called when a record is malformed and skipped.
   *
   * @throws DataFormatException to stop reading; the default implementation throws the given
   *     exception
   */
  default void badRecord(DataFormatException fault) {
    throw fault;
  }

  /** Returns whether the first malformed record is an error. */
  default boolean strict() {
    return true;
  }

  /** Called when {@code bytes} more bytes were read. */
  default void advance(long bytes) {}
}
