package org.jmoe.training.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.google.common.primitives.ImmutableLongArray;

/** How JSON sees an {@link ImmutableLongArray}: as a list of numbers. */
abstract class LongsAsJson {
  private LongsAsJson() {}

  @JsonCreator
  static ImmutableLongArray copyOf(long[] values) {
    return ImmutableLongArray.copyOf(values);
  }

  @JsonValue
  abstract long[] toArray();
}
