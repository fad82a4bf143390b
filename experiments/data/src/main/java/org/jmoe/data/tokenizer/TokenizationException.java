package org.jmoe.data.tokenizer;

import java.util.Objects;

/** A tokenizer cannot encode a text. The message states the text, the reason and the fix. */
public final class TokenizationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String tokenizer;
  private final String reason;

  /**
   * Creates an exception.
   *
   * @param tokenizer name of the tokenizer
   * @param text description of the text
   * @param reason reason as a clause
   */
  public TokenizationException(String tokenizer, String text, String reason) {
    super(
        "%s cannot tokenize %s: %s; remove that text or use another tokenizer."
            .formatted(tokenizer, text, reason));
    this.tokenizer = tokenizer;
    this.reason = reason;
  }

  /** Returns the message. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  /** Returns an exception with the name of the document. */
  public TokenizationException ofDocument(String name) {
    TokenizationException named = new TokenizationException(tokenizer, name, reason);
    named.initCause(this);
    return named;
  }
}
