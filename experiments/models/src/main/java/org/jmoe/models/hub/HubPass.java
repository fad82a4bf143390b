package org.jmoe.models.hub;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;

/**
 * A forward pass of a published checkpoint. Returns the logits and the output of each router in the
 * format of Transformers.
 */
public final class HubPass {
  private final HubModel hub;

  /** Creates a pass of a model. */
  public HubPass(HubModel hub) {
    this.hub = hub;
  }

  /**
   * Runs the model and writes JSON in full precision: {@code input_ids}, {@code attention_mask} if
   * one is given, {@code logits} (B, S, V) and {@code router_outputs}. The latter has, for each
   * router, its {@code module} name and {@code tensors}: logits (T, E), weights (T, K) and indices
   * (T, K).
   */
  public void write(IdsFile input, JsonGenerator json) throws IOException {
    List<IOException> failure = new ArrayList<>();
    NoGrad.get(
        () -> {
          try (NDManager scope = hub.manager().newSubManager()) {
            write(input, scope, json);
          } catch (IOException e) {
            failure.add(e);
          }
          return true;
        });
    if (!failure.isEmpty()) {
      throw failure.get(0);
    }
  }

  private void write(IdsFile input, NDManager scope, JsonGenerator json) throws IOException {
    RecordingStore recording =
        new RecordingStore(new ParameterStore(scope, false), Seed.of(0).child("pass"))
            .servingPadding();
    NDArray ids = array(scope, input.ids()); // (B, S)
    NDArray padding = // (B, S)
        input.mask().isEmpty() ? null : array(scope, input.mask()).eq(0);
    NDArray logits = hub.model().logits(recording, ids, padding, null, false); // (B, S, V)
    json.writeStartObject();
    rows(json, "input_ids", input.ids());
    if (!input.mask().isEmpty()) {
      rows(json, "attention_mask", input.mask());
    }
    json.writeFieldName("logits");
    JsonTensors.write(json, logits.toFloatArray(), logits.getShape().getShape());
    json.writeArrayFieldStart("router_outputs");
    int router = 0;
    for (RoutingSignals signals : recording.signals().values()) {
      RouterOutput.of(hub, hub.plan().moeLayers().get(router), signals)
          .write(json, hub.plan().routers().get(router));
      router++;
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static NDArray array(NDManager scope, ImmutableList<ImmutableLongArray> rows) {
    int length = rows.get(0).length();
    long[] flat = rows.stream().flatMapToLong(ImmutableLongArray::stream).toArray();
    return scope.create(flat, new Shape(rows.size(), length));
  }

  private static void rows(JsonGenerator json, String name, ImmutableList<ImmutableLongArray> rows)
      throws IOException {
    long[] flat = rows.stream().flatMapToLong(ImmutableLongArray::stream).toArray();
    json.writeFieldName(name);
    JsonTensors.write(json, flat, rows.size(), rows.get(0).length());
  }
}
