package org.jmoe.data.tokenizer;

import java.util.Objects;

/** A text that a tokenizer cannot encode. The message is one sentence: text, reason and fix. */
public final class TokenizationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String tokenizer;
  private final String reason;

  /**
   * Names a text.
   *
   * @param tokenizer its name
   * @param text what stands for the text
   * @param reason why it cannot be encoded, as a clause
   */
  public TokenizationException(String tokenizer, String text, String reason) {
    super(
        "%s cannot tokenize %s: %s; leave that text out or use another tokenizer."
            .formatted(tokenizer, text, reason));
    this.tokenizer = tokenizer;
    this.reason = reason;
  }

  /** The sentence. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  /** The same fault, of a document that has a name. */
  public TokenizationException ofDocument(String name) {
    TokenizationException named = new TokenizationException(tokenizer, name, reason);
    named.initCause(this);
    return named;
  }
}
