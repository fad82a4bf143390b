package org.jmoe.data.text;

import org.jmoe.io.DataFormatException;

/** Receives the documents of text sources, and what became of each file. */
@FunctionalInterface
public interface TextVisitor {
  /** The next document. */
  void document(Document document);

  /** A file, or an entry of an archive, was read whole. */
  default void read(String file) {}

  /**
   * A file, or an entry of an archive, was not read.
   *
   * @param reason why, as the predicate of a sentence
   */
  default void leftOut(String file, String reason) {}

  /**
   * A record is faulty and is left out.
   *
   * @throws DataFormatException when the build should end; the default throws the fault itself
   */
  default void badRecord(DataFormatException fault) {
    throw fault;
  }

  /** Whether the first faulty record ends the build. */
  default boolean strict() {
    return true;
  }

  /** Some more bytes of the sources were read. */
  default void advance(long bytes) {}
}
