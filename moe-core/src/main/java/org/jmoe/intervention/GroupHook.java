package org.jmoe.intervention;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.RouterHook;
import org.jmoe.layer.RoutingException;
import org.jmoe.tensor.Ops;

/** A change to the routing of some experts of a layer. */
abstract class GroupHook implements RouterHook {
  private final ExpertGroup group;
  private final String name;

  /** Creates a change. */
  GroupHook(String name, ExpertGroup group) {
    this.name = name;
    this.group = group;
  }

  /** Adds an amount to the logits of the group; (T, E). */
  final NDArray shifted(NDArray logits, double amount) {
    int experts = Math.toIntExact(logits.getShape().get(1));
    group.requireBelow(experts);
    double[] row = new double[experts];
    group.experts().forEach(e -> row[e] = amount);
    NDArray shift = logits.getManager().create(row).reshape(1, experts); // (1, E)
    return logits.add(Ops.cast(shift, logits.getDataType()));
  }

  /** Returns the exception for a router that this change cannot act on. */
  final RoutingException impossible(String router, String reason) {
    return new RoutingException(
        "%s: cannot %s %s, because this router %s".formatted(router, name, group, reason));
  }
}
