package org.jmoe.data.text;

import org.jmoe.data.files.Surrogates;

/**
 * A text to be turned into one row.
 *
 * @param name what stays the same wherever the text lies, for the choice of held-out documents
 * @param domain its label
 * @param text well-formed; half of a surrogate pair becomes U+FFFD
 * @param size bytes of it, for progress
 * @param heldOut whether the dataset itself holds it out
 */
public record Document(String name, String domain, String text, long size, boolean heldOut) {
  /** Repairs the text. */
  public Document {
    text = Surrogates.repair(text);
  }

  /** A document of which the dataset does not say whether it is held out. */
  public Document(String name, String domain, String text, long size) {
    this(name, domain, text, size, false);
  }
}
