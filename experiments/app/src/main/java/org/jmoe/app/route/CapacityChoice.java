package org.jmoe.app.route;

import org.jmoe.layer.RouterTrait;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.CapacityRule;
import org.jmoe.plan.CapacityScope;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.FixedCapacity;
import org.jmoe.plan.PublishedCapacity;

/** Capacity of a route file: unlimited by default, except for expert choice. */
final class CapacityChoice {
  /** Zhou et al. 2022: two experts per token on average. */
  private static final double EXPERT_CHOICE = 2;

  private CapacityChoice() {}

  static Capacity of(RouteFile file) {
    DropOrder order =
        file.router().limit().drop() == null ? file.preset().order() : file.router().limit().drop();
    Capacity none = Capacity.dropless().withOrder(order).withScope(scope(file));
    Integer tokens = file.router().limit().tokens();
    if (tokens != null) {
      return none.withRule(new FixedCapacity(tokens), 1, 1);
    }
    Double factor = file.router().limit().factor();
    if (factor == null && file.preset().has(RouterTrait.EXPERTS_CHOOSE)) {
      factor = EXPERT_CHOICE;
    }
    if (factor == null) {
      return none;
    }
    CapacityRule rule =
        file.router().limit().rule() == null ? file.preset().rule() : file.router().limit().rule();
    if (factor <= 0 && rule != PublishedCapacity.TUTEL) {
      throw new RouteException(
          "capacity.factor is " + factor + "; use a factor above 0, or the rule tutel");
    }
    return none.withRule(rule, factor, factor);
  }

  private static CapacityScope scope(RouteFile file) {
    return file.batch().sequences() == 1 ? CapacityScope.batch() : CapacityScope.sequence();
  }
}
