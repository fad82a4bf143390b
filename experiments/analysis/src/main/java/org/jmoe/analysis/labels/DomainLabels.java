package org.jmoe.analysis.labels;

import com.google.common.collect.ImmutableList;
import org.jmoe.data.batch.Batch;

/**
 * Labels tokens by the domain of their document.
 *
 * @param labels domain names in corpus order
 */
public record DomainLabels(ImmutableList<String> labels) implements TokenLabels {
  @Override
  public String name() {
    return "domain";
  }

  @Override
  public int of(Batch batch, int token) {
    return batch.domain(token);
  }
}
