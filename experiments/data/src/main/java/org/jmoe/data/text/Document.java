package org.jmoe.data.text;

import org.jmoe.data.files.Surrogates;

/**
 * A text that becomes one row of tokens.
 *
 * @param name name that does not depend on the location of the text, for the selection of held-out
 *     documents
 * @param domain domain label
 * @param text text; unpaired surrogates are replaced by U+FFFD
 * @param size size in bytes, for progress
 * @param heldOut whether the dataset marks the document as held-out
 */
public record Document(String name, String domain, String text, long size, boolean heldOut) {
  /** Repairs the text. */
  public Document {
    text = Surrogates.repair(text);
  }

  /** Creates a document that the dataset does not mark as held-out. */
  public Document(String name, String domain, String text, long size) {
    this(name, domain, text, size, false);
  }
}
