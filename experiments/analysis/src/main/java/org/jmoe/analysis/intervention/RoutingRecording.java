package org.jmoe.analysis.intervention;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jmoe.intervention.RecordedRouting;
import org.jmoe.intervention.Replay;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.arrow.ArrowTable;
import org.jmoe.io.arrow.ArrowTable.Kind;
import org.jmoe.layer.LayerHook;
import org.jmoe.layer.LayerPass;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RoutingException;

/**
 * Experts and weights of every token of an evaluation, to be replayed in another one.
 *
 * @param batches in order
 */
public record RoutingRecording(ImmutableList<Recorded> batches) {
  /**
   * One batch.
   *
   * @param ids token ids, row by row
   * @param layers routing by the path of the layer, without layers inside experts
   */
  public record Recorded(ImmutableLongArray ids, ImmutableMap<String, RecordedRouting> layers) {}

  /** Records an evaluation. */
  public static final class Recorder implements HookedEvaluation.Hooks {
    private final List<ImmutableLongArray> ids = new ArrayList<>();
    private final List<Map<String, RecordedRouting>> layers = new ArrayList<>();

    @Override
    public LayerHook of(HookedEvaluation.Input input) {
      Map<String, RecordedRouting> routing = new LinkedHashMap<>();
      ids.add(ImmutableLongArray.copyOf(input.ids().toLongArray()));
      layers.add(routing);
      return (layer, pass) -> record(routing, layer, pass);
    }

    private static void record(
        Map<String, RecordedRouting> routing, MoeLayer layer, LayerPass pass) {
      if (!MoeLayer.isInsideExpert(layer.path())) {
        routing.put(layer.path(), RecordedRouting.of(pass.routing().signals()));
      }
    }

    /** Returns what was recorded. */
    public RoutingRecording recording() {
      ImmutableList.Builder<Recorded> batches = ImmutableList.builder();
      for (int i = 0; i < ids.size(); i++) {
        batches.add(new Recorded(ids.get(i), ImmutableMap.copyOf(layers.get(i))));
      }
      return new RoutingRecording(batches.build());
    }
  }

  /**
   * Returns hooks that route by this recording.
   *
   * @param weights which weights the recorded choices get
   */
  public HookedEvaluation.Hooks replay(Replay.Weights weights) {
    return input -> new Replay(batch(input.number(), input.ids()).layers(), weights);
  }

  private Recorded batch(long number, NDArray ids) {
    if (number >= batches.size()) {
      throw new RoutingException(
          "the recording has %d batches, but the evaluation has more; limit it with --batches %d"
              .formatted(batches.size(), batches.size()));
    }
    Recorded batch = batches.get((int) number);
    if (!batch.ids().equals(ImmutableLongArray.copyOf(ids.toLongArray()))) {
      throw new RoutingException(
          "batch %d has other tokens than the recording; evaluate the data that was recorded, in"
                  .formatted(number)
              + " the same batches");
    }
    return batch;
  }

  /** Returns an empty table with the columns of the file. */
  static ArrowTable table() {
    return new ArrowTable()
        .column("batch", Kind.INT64)
        .column("layer", Kind.UTF8)
        .column("token", Kind.INT64)
        .column("id", Kind.INT64)
        .column("choice", Kind.INT64)
        .column("expert", Kind.INT64)
        .column("weight", Kind.FLOAT64);
  }

  /**
   * Writes {@code batch, layer, token, id, choice, expert, weight}, one row per choice, in this
   * order; expert is -1 for a choice that was dropped.
   */
  public void write(Path file) {
    ArrowTable table = table();
    for (int b = 0; b < batches.size(); b++) {
      Recorded batch = batches.get(b);
      for (Map.Entry<String, RecordedRouting> layer : batch.layers().entrySet()) {
        RecordedRouting routing = layer.getValue();
        for (int i = 0; i < routing.choices().length(); i++) {
          int token = i / routing.k();
          table.row(
              (long) b,
              layer.getKey(),
              (long) token,
              batch.ids().get(token),
              (long) (i % routing.k()),
              routing.choices().get(i),
              routing.weights().get(i));
        }
      }
    }
    table.write(file);
  }

  /**
   * Reads a file written by {@link #write} or another program.
   *
   * @throws DataFormatException with the row if it is malformed
   */
  public static RoutingRecording read(Path file) {
    ArrowTable table = table();
    table.read(file);
    return new RecordingRows(file, table.rows()).recording();
  }
}
