package org.jmoe.models.hub;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Arrays;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.models.family.ChoiceOrder;
import org.jmoe.models.family.DecoderTensors;
import org.jmoe.tensor.RoutingOps;

/** What a router returned, in upstream's order: numbers of the host, row by row. */
final class RouterOutput {
  private static final int BEST_OF_GROUP = 2;

  private final float[] logits; // (T, E)
  private final float[] weights; // (T, K)
  private final long[] indices; // (T, K)
  private final long tokens;
  private final int experts;
  private final int k;

  private RouterOutput(RoutingSignals signals) {
    logits = signals.logits().toFloatArray();
    weights = signals.weights().toFloatArray();
    indices = signals.choices().toLongArray();
    tokens = signals.tokens();
    experts = signals.experts();
    k = Math.toIntExact(signals.choices().getShape().get(1));
  }

  /** The output of a router, counted among the layers that have one. */
  static RouterOutput of(HubModel hub, int router, RoutingSignals signals) {
    RouterOutput output = new RouterOutput(signals);
    ChoiceOrder order = hub.plan().order();
    if (!order.isBestFirst()) {
      output.arrange(unsorted(signals, bias(hub, router), order, output.k));
    }
    return output;
  }

  private static NDArray bias(HubModel hub, int router) {
    String name = hub.plan().routers().get(router).split("[.]", -1)[2];
    String bias = DecoderTensors.ours(Integer.parseInt(name)) + "moe/router/bias";
    return hub.model().getParameters().values().stream()
        .filter(p -> p.getName().equals(bias))
        .map(Parameter::getArray)
        .findFirst()
        .orElseThrow();
  }

  /** The choices in the order of an unsorted search, (T, K). */
  private static long[] unsorted(RoutingSignals signals, NDArray bias, ChoiceOrder order, int k) {
    NDArray rank = RoutingOps.sigmoid(signals.logits()).add(bias); // (T, E)
    NDArray limited = // (T, E)
        RoutingOps.limitGroups(
            rank, order.groups(), order.kept(), BEST_OF_GROUP, Double.NEGATIVE_INFINITY);
    return RoutingOps.topUnsorted(limited, k).toLongArray();
  }

  /** Puts each token's choices into a given order; a token whose choices are others stays. */
  private void arrange(long[] order) {
    for (int t = 0; t < tokens; t++) {
      long[] mine = Arrays.copyOfRange(indices, t * k, (t + 1) * k);
      float[] weight = Arrays.copyOfRange(weights, t * k, (t + 1) * k);
      long[] theirs = Arrays.copyOfRange(order, t * k, (t + 1) * k);
      for (int i = 0; sameSet(mine, theirs) && i < k; i++) {
        for (int j = 0; j < k; j++) {
          if (mine[j] == theirs[i]) {
            indices[t * k + i] = mine[j];
            weights[t * k + i] = weight[j];
          }
        }
      }
    }
  }

  private static boolean sameSet(long[] a, long[] b) {
    return Arrays.equals(Arrays.stream(a).sorted().toArray(), Arrays.stream(b).sorted().toArray());
  }

  void write(JsonGenerator json, String module) throws IOException {
    json.writeStartObject();
    json.writeStringField("module", module);
    json.writeArrayFieldStart("names");
    json.writeString("logits");
    json.writeString("weights");
    json.writeString("indices");
    json.writeEndArray();
    json.writeArrayFieldStart("tensors");
    JsonTensors.write(json, logits, tokens, experts);
    JsonTensors.write(json, weights, tokens, k);
    JsonTensors.write(json, indices, tokens, k);
    json.writeEndArray();
    json.writeEndObject();
  }
}
