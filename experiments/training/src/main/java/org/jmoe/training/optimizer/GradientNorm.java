package org.jmoe.training.optimizer;

import ai.djl.ndarray.NDArray;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jmoe.tensor.FusedUpdates;

/**
 * The global gradient norm. Norms are computed per array, or per row of a stack that may be
 * sharded, and summed in model order, so the result is bit-identical for any sharding.
 */
final class GradientNorm {
  /** Pieces whose norms one native call computes. */
  private static final class Batch {
    private final List<double[]> norms = new ArrayList<>(); // of the full tensor of each piece
    private final List<ImmutableIntArray> rows = new ArrayList<>();
    private final List<NDArray> gradients = new ArrayList<>();

    void add(double[] into, TrainedTensor.Piece piece, NDArray gradient) {
      norms.add(into);
      rows.add(piece.rows());
      gradients.add(gradient);
    }

    void compute(boolean byRow) {
      double[] found = byRow ? FusedUpdates.rowNorms(gradients) : FusedUpdates.norms(gradients);
      int at = 0;
      for (int i = 0; i < norms.size(); i++) {
        double[] into = norms.get(i);
        ImmutableIntArray own = rows.get(i);
        int count = own.isEmpty() ? into.length : own.length();
        for (int r = 0; r < count; r++) {
          into[own.isEmpty() ? r : own.get(r)] = found[at++];
        }
      }
    }
  }

  private GradientNorm() {}

  /** Returns the norm of gradients given by the index of their piece. */
  static double of(List<TrainedTensor> tensors, List<NDArray> gradients) {
    List<double[]> norms = new ArrayList<>();
    Map<String, Batch> arrays = new TreeMap<>(); // by device
    Map<String, Batch> stacks = new TreeMap<>();
    for (TrainedTensor tensor : tensors) {
      double[] into = new double[tensor.isStack() ? (int) tensor.shape().get(0) : 1];
      norms.add(into);
      for (TrainedTensor.Piece piece : tensor.pieces()) {
        (tensor.isStack() ? stacks : arrays)
            .computeIfAbsent(piece.device().toString(), device -> new Batch())
            .add(into, piece, gradients.get(piece.index()));
      }
    }
    arrays.values().forEach(batch -> batch.compute(false));
    stacks.values().forEach(batch -> batch.compute(true));
    double squares = 0;
    for (double[] rows : norms) {
      for (double row : rows) {
        squares += row * row;
      }
    }
    return Math.sqrt(squares);
  }
}
