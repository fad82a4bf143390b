package org.jmoe.training.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.google.common.primitives.ImmutableLongArray;

/** Serializes an {@link ImmutableLongArray} as a list of numbers. */
abstract class LongArrayMixIn {
  private LongArrayMixIn() {}

  @JsonCreator
  static ImmutableLongArray copyOf(long[] values) {
    return ImmutableLongArray.copyOf(values);
  }

  @JsonValue
  abstract long[] toArray();
}
