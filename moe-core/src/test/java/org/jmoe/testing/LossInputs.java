package org.jmoe.testing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jmoe.layer.AuxLoss.Input;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/** Further inputs of losses, as smooth functions of logits (T, E). */
final class LossInputs {
  private static final int WIDTH = 3; // H
  private static final Set<Input> OF_TOKENS =
      Set.of(Input.OUTPUTS, Input.LATENTS, Input.LATENT_DRAWS);

  private final NDArray logits; // (T, E)
  private final int real;

  private LossInputs(NDArray logits, int real) {
    this.logits = logits;
    this.real = real;
  }

  /** Creates inputs of which those that are weights depend on the first tokens only. */
  static LossInputs of(NDArray logits, int real) {
    return new LossInputs(logits, real);
  }

  /** Returns signals with the wanted inputs. */
  RoutingSignals addTo(RoutingSignals signals, Set<Input> wanted) {
    RoutingSignals all = signals;
    for (Input input : wanted) {
      all = all.with(input, input(input, signals));
    }
    return all;
  }

  /** Returns signals with the inputs that are weights from other signals. */
  static RoutingSignals weightsOf(RoutingSignals from, RoutingSignals to) {
    Map<Input, NDArray> inputs = new LinkedHashMap<>(to.inputs());
    inputs.replaceAll((input, own) -> OF_TOKENS.contains(input) ? own : from.input(input));
    return to.withInputs(ImmutableMap.copyOf(inputs));
  }

  private NDArray input(Input input, RoutingSignals signals) {
    int experts = signals.experts();
    NDArray gate = logits.get("0:" + (real - 1)); // (D, E)
    if (input.equals(Input.GATE)) {
      return gate;
    }
    if (input.equals(Input.GATE_DRAWS)) {
      return Ops.shift(Ops.scale(gate.stopGradient(), 0), 0.5); // (D, E), in the middle
    }
    if (input.equals(Input.EXPERTS_IN)) { // (E, D, H)
      NDArray stack = gate.transpose().expandDims(2); // (E, D, 1)
      NDArray each = stack.getManager().arange(1f, WIDTH + 1f, 1f, stack.getDataType()); // (H)
      return RoutingOps.sigmoid(stack.mul(each.reshape(1, 1, WIDTH)));
    }
    if (input.equals(Input.LATENTS)) {
      return logits; // (T, 2 Z)
    }
    if (input.equals(Input.LATENT_DRAWS)) {
      return logits.stopGradient().get(":, 0:" + experts / 2); // (T, Z)
    }
    if (input.equals(Input.PROTOTYPES)) {
      return gate.get("0:" + experts).get(":, 0:" + experts / 2); // (E, Z)
    }
    if (input.equals(Input.COEFFICIENT)) {
      return Ops.shift(
          Ops.scale(logits.stopGradient().get("0:1").sum(new int[] {1}), 0), 0.5); // (1)
    }
    // Output e of a token is its logits rotated by e, and zero where there is no choice.
    NDArray tokens = logits.expandDims(0).repeat(0, experts); // (E, T, E)
    NDArray rows = tokens.add(tokens.mul(tokens).cumSum(0)).reshape(-1, experts); // (E * T, E)
    int count = Math.toIntExact(logits.getShape().get(0));
    NDArray token =
        logits.getManager().arange(0, count, 1, DataType.INT64).reshape(-1, 1); // (T, 1)
    NDArray at = signals.choices().mul(count).add(token); // (T, K)
    NDArray place = RoutingOps.fill(at, signals.choices().lt(0), -1); // (T, K)
    return new GroupedPlan(place, place, place, signals.weights()).ofChoices(rows);
  }
}
