package org.jmoe.block;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** States that go from layer to layer of one pass, by name; they belong to its batch. */
public final class CarriedStates {
  /** A state and, if the same block writes it again, what it was before. */
  private record Carried(String writer, NDArray state, @Nullable NDArray before) {}

  private final Map<String, Carried> carried = new LinkedHashMap<>();

  /** Creates an empty set. */
  public CarriedStates() {}

  /**
   * Sets a state for the later layers.
   *
   * @param writer path of the block
   */
  public void put(String name, String writer, NDArray state) {
    carried.put(name, new Carried(writer, state, get(name, writer)));
  }

  /** Returns the state that earlier layers set, null for none; a block never sees its own. */
  public @Nullable NDArray get(String name, String reader) {
    Carried last = carried.get(name);
    if (last == null) {
      return null;
    }
    return last.writer().equals(reader) ? last.before() : last.state();
  }

  /** Returns the states by name. */
  public ImmutableMap<String, NDArray> all() {
    return ImmutableMap.copyOf(Maps.transformValues(carried, Carried::state));
  }

  /** Replaces all states, for a pass that continues after some layers. */
  public void resume(Map<String, NDArray> states) {
    carried.clear();
    states.forEach((name, state) -> carried.put(name, new Carried("", state, null)));
  }
}
