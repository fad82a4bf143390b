package org.jmoe.analysis.intervention;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jmoe.intervention.RecordedRouting;
import org.jmoe.io.DataFormatException;

/** Builds a recording from the rows of its file, whose order is checked. */
final class RecordingRows {
  private final Path file;
  private final List<Object[]> rows;
  private int next;

  /** Reads rows of batch, layer, token, id, choice, expert and weight. */
  RecordingRows(Path file, List<Object[]> rows) {
    this.file = file;
    this.rows = rows;
  }

  RoutingRecording recording() {
    ImmutableList.Builder<RoutingRecording.Recorded> batches = ImmutableList.builder();
    for (long batch = 0; next < rows.size(); batch++) {
      batches.add(batch(batch));
    }
    return new RoutingRecording(batches.build());
  }

  private RoutingRecording.Recorded batch(long batch) {
    Map<String, RecordedRouting> layers = new LinkedHashMap<>();
    ImmutableLongArray ids = ImmutableLongArray.of();
    require(number(0) == batch, "batch is not " + batch);
    while (next < rows.size() && number(0) == batch) {
      String layer = (String) rows.get(next)[1];
      ImmutableLongArray.Builder tokens = ImmutableLongArray.builder();
      RecordedRouting routing = layer(batch, layer, tokens);
      require(layers.put(layer, routing) == null, "layer " + layer + " was already complete");
      ImmutableLongArray found = tokens.build();
      require(ids.isEmpty() || ids.equals(found), "layers of a batch have different ids");
      ids = found;
    }
    return new RoutingRecording.Recorded(ids, ImmutableMap.copyOf(layers));
  }

  private RecordedRouting layer(long batch, String layer, ImmutableLongArray.Builder ids) {
    int first = next;
    int k = 0;
    while (next < rows.size() && number(0) == batch && number(2) == 0 && of(layer)) {
      require(number(4) == k, "choice is not " + k);
      k++;
      next++;
    }
    next = first;
    require(k > 0, "token is not 0");
    ImmutableLongArray.Builder choices = ImmutableLongArray.builder();
    ImmutableDoubleArray.Builder weights = ImmutableDoubleArray.builder();
    for (long i = 0; next < rows.size() && number(0) == batch && of(layer); i++, next++) {
      require(number(2) == i / k, "token is not " + i / k);
      require(number(4) == i % k, "choice is not " + i % k);
      require(number(5) >= -1 && number(5) <= Integer.MAX_VALUE, "expert is " + number(5));
      double weight = (Double) rows.get(next)[6];
      require(Double.isFinite(weight), "weight is " + weight);
      choices.add(number(5));
      weights.add(weight);
      if (i % k == 0) {
        ids.add(number(3));
      }
    }
    require((next - first) % k == 0, "the token before has fewer than " + k + " choices");
    return new RecordedRouting(k, choices.build(), weights.build());
  }

  private boolean of(String layer) {
    return rows.get(next)[1].equals(layer);
  }

  private long number(int column) {
    return (Long) rows.get(next)[column];
  }

  private void require(boolean correct, String problem) {
    if (!correct) {
      throw new DataFormatException(
          file,
          "has a faulty row %d: %s; rows are ordered by batch, layer, token and choice"
              .formatted(Math.min(next, rows.size() - 1), problem));
    }
  }
}
