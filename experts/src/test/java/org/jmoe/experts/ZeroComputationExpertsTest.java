package org.jmoe.experts;

import org.jmoe.layer.ExpertsSpec;
import org.jmoe.testing.ExpertsContract;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
final class ZeroComputationExpertsTest extends ExpertsContract {
  @Parameter ZeroComputationExperts.Kind kind = ZeroComputationExperts.Kind.COPY;

  @Override
  protected ExpertsSpec spec() {
    return new ZeroComputationExperts.Spec(kind);
  }
}
