package org.jmoe.app.examples;

import org.jmoe.layer.ExpertsSpec;
import org.jmoe.testing.ExpertsContract;

final class TiedExpertsTest extends ExpertsContract {
  @Override
  protected ExpertsSpec spec() {
    return new TiedExperts.Spec(5);
  }
}
