package org.jmoe.routing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jspecify.annotations.Nullable;

/** Slots of routers in which experts choose tokens. */
public final class ExpertSlots {
  private ExpertSlots() {}

  /** Returns the index of each expert in every row: (T, E) of int64. */
  public static NDArray expertIds(NDArray logits) {
    NDArray column = Ops.positions(logits.get(new NDIndex("0:1"))); // (1, E)
    return column.broadcast(logits.getShape());
  }

  /**
   * Chooses C tokens per expert in each part.
   *
   * @param scores (T, E)
   * @return token of each slot (E, parts * C) or -1, slot of each token and expert (T, E) or -1
   */
  public static NDList choose(
      NDArray scores, @Nullable NDArray padding, long parts, int slots, boolean praxis) {
    long size = scores.getShape().get(0) / parts;
    NDList tokens = new NDList();
    NDList places = new NDList();
    for (long part = 0; part < parts; part++) {
      NDArray rows = scores.get(new NDIndex("{}:{}", part * size, (part + 1) * size)); // (S, E)
      NDList chosen = RoutingOps.expertChoice(rows, slots, praxis, praxis);
      NDArray first = chosen.get(0).onesLike(); // (E, C)
      tokens.add(chosen.get(0).add(RoutingOps.scoped(first.zerosLike(), first, part * size)));
      places.add(moved(chosen.get(1), slots, part, parts));
    }
    NDArray token = Ops.concat(tokens, 1); // (E, parts * C)
    NDArray place = Ops.concat(places, 0); // (T, E)
    if (padding == null) {
      return new NDList(token, place);
    }
    NDArray empty =
        Ops.rows(Ops.cast(padding.expandDims(1), DataType.FLOAT32), token); // (E, parts * C, 1)
    return new NDList(
        RoutingOps.fill(token, empty.squeeze(2).gt(0.5), -1),
        RoutingOps.fill(place, padding.expandDims(1), -1));
  }

  /**
   * Maps slots {@code e * C + c} of one part to slots {@code e * parts * C + part * C + c} of all.
   */
  private static NDArray moved(NDArray place, int slots, long part, long parts) {
    if (parts == 1) {
      return place;
    }
    NDArray expert = expertIds(place); // (S, E)
    NDArray ahead = RoutingOps.scoped(place, expert, slots * (parts - 1)); // (S, E)
    return RoutingOps.scoped(ahead, expert.onesLike(), slots * part);
  }
}
