package org.jmoe.data.formats;

/** Metadata keys of Arrow files written by the corpus builder. */
public final class DataKeys {
  /** Vocabulary size; ids are in [0, vocabulary). */
  public static final String VOCABULARY = "jmoe.vocabulary";

  /** Id of the token that separates documents; absent if the tokenizer has none. */
  public static final String SEPARATOR = "jmoe.separator";

  /** Present if rows may end with the separator themselves. */
  public static final String SEPARATOR_IN_ROWS = "jmoe.separator.inRows";

  /** Name of the tokenizer. */
  public static final String TOKENIZER = "jmoe.tokenizer";

  /** SHA-256 of the tokenizer file. */
  public static final String TOKENIZER_SHA256 = "jmoe.tokenizer.sha256";

  /** Bytes of UTF-8 text per domain and split, as JSON. */
  public static final String TEXT_BYTES = "jmoe.textBytes";

  /** Build options, as JSON. */
  public static final String BUILD = "jmoe.build";

  private DataKeys() {}
}
