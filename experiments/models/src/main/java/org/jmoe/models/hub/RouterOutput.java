package org.jmoe.models.hub;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.models.family.DecoderTensors;
import org.jmoe.routing.Groups;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.topk.DeepSeekV2Router;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/** Output of a router on the host, with the experts of each token in the order of Transformers. */
final class RouterOutput {
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

  /**
   * Returns the output of the router of a layer. DeepSeek routers in Transformers use an unsorted
   * top-k, whose order depends on the engine; other routers list the best expert first.
   */
  static RouterOutput of(HubModel hub, int layer, RoutingSignals signals) {
    RouterOutput output = new RouterOutput(signals);
    MoeLayer.Spec moe = Objects.requireNonNull(hub.plan().spec().blocks().get(layer).moe());
    if (moe.router() instanceof DeepSeekV3Router.Spec router) {
      NDArray rank = RoutingOps.sigmoid(signals.logits()).add(bias(hub, layer)); // (T, E)
      output.arrange(unsorted(rank, router.groups(), 2, Double.NEGATIVE_INFINITY, output.k));
    } else if (moe.router() instanceof DeepSeekV2Router.Spec router) {
      output.arrange(unsorted(Ops.softmax(signals.logits()), router.groups(), 1, 0, output.k));
    }
    return output;
  }

  private static NDArray bias(HubModel hub, int layer) {
    String bias = DecoderTensors.parameterPrefix(layer) + "moe/router/bias";
    return hub.model().getParameters().values().stream()
        .filter(p -> p.getName().equals(bias))
        .map(Parameter::getArray)
        .findFirst()
        .orElseThrow();
  }

  /**
   * Returns the selected experts in the order of an unsorted top-k, (T, K).
   *
   * @param rank scores that experts are ranked by, (T, E)
   * @param best number of experts whose scores are summed to the score of a group
   * @param others score assigned to experts in groups that are not selected
   */
  private static long[] unsorted(NDArray rank, Groups groups, int best, double others, int k) {
    NDArray limited = // (T, E)
        RoutingOps.limitGroups(rank, groups.count(), groups.kept(), best, others);
    return RoutingOps.topUnsorted(limited, k).toLongArray();
  }

  /**
   * Reorders the experts of each token; tokens with a different set of experts keep their order.
   */
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
