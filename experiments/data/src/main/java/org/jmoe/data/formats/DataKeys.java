package org.jmoe.data.formats;

/** Keys of the metadata that the builder writes into Arrow files. */
public final class DataKeys {
  /** Number of token ids; ids lie in [0, vocabulary). */
  public static final String VOCABULARY = "jmoe.vocabulary";

  /** Id of the token that separates documents; absent when the tokenizer has none. */
  public static final String SEPARATOR = "jmoe.separator";

  /** Present if rows may end with the separator themselves. */
  public static final String SEPARATOR_IN_ROWS = "jmoe.separator.inRows";

  /** Name of the tokenizer. */
  public static final String TOKENIZER = "jmoe.tokenizer";

  /** SHA-256 of the tokenizer's file. */
  public static final String TOKENIZER_SHA256 = "jmoe.tokenizer.sha256";

  /** Bytes of UTF-8 text of each domain and split, as JSON. */
  public static final String TEXT_BYTES = "jmoe.textBytes";

  /** What the file was built from, as JSON. */
  public static final String BUILD = "jmoe.build";

  private DataKeys() {}
}
