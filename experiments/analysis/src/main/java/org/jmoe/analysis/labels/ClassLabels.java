package org.jmoe.analysis.labels;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import org.jmoe.data.batch.Batch;

/**
 * Labels tokens by {@link TokenClass}.
 *
 * @param texts texts of a known tokenizer
 */
public record ClassLabels(TokenTexts texts) implements TokenLabels {
  @Override
  public String name() {
    return "token class";
  }

  @Override
  public ImmutableList<String> labels() {
    return Arrays.stream(TokenClass.values())
        .map(TokenClass::label)
        .collect(ImmutableList.toImmutableList());
  }

  @Override
  public int of(Batch batch, int token) {
    return texts.tokenClass((int) batch.input(token)).map(TokenClass::ordinal).orElse(-1);
  }
}
