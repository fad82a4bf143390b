package org.jmoe.analysis.labels;

import com.google.common.collect.ImmutableList;
import org.jmoe.data.batch.Batch;

/**
 * The domain that the data names.
 *
 * @param labels names of the domains in the order of the corpus
 */
public record DomainLabels(ImmutableList<String> labels) implements Labelling {
  @Override
  public String name() {
    return "domain";
  }

  @Override
  public int of(Batch batch, int token) {
    return batch.domain(token);
  }
}
