package org.jmoe.routing.expertchoice;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jmoe.tensor.Ops;
import org.jspecify.annotations.Nullable;

/**
 * Expert choice with at most {@code cap} experts per token (Zhou et al. 2022, section 3.3): each
 * expert takes C tokens such that the sum of scores is maximal under the cap. The paper
 * approximates this linear program with entropic regularization and then takes the top C, which may
 * violate the cap; here it is solved exactly, on the host. If the cap leaves fewer than E C places,
 * as many slots as possible are filled.
 */
final class CappedChoice {
  private CappedChoice() {}

  /**
   * Chooses the tokens of each expert in each part.
   *
   * @param scores (T, E), at least 0
   * @param padding (T) tokens to leave out; null for none
   * @param parts number of equal parts of the tokens, routed separately
   * @param slots C of each expert per part
   * @param praxis whether ties go to the highest token and slots are filled in token order
   * @return token of each slot (E, parts * C) or -1, slot of each token and expert (T, E) or -1
   */
  static NDList choose(
      NDArray scores, @Nullable NDArray padding, long parts, int slots, int cap, boolean praxis) {
    int experts = Math.toIntExact(scores.getShape().get(1));
    double[] all = Ops.cast(scores.stopGradient(), DataType.FLOAT64).toDoubleArray();
    boolean[] out = padding == null ? new boolean[0] : padding.toBooleanArray();
    int tokens = all.length / experts;
    int size = Math.toIntExact(tokens / parts);
    int width = Math.toIntExact(parts * slots);
    long[] tokenOfSlot = new long[experts * width];
    long[] slotOfToken = new long[all.length];
    Arrays.fill(tokenOfSlot, -1);
    Arrays.fill(slotOfToken, -1);
    for (int part = 0; part < parts; part++) {
      int first = part * size;
      int[] rows = real(first, size, out, praxis);
      double[][] real = new double[rows.length][];
      for (int i = 0; i < rows.length; i++) {
        real[i] = Arrays.copyOfRange(all, rows[i] * experts, (rows[i] + 1) * experts);
      }
      boolean[][] taken = CappedFlow.of(real, experts, Math.min(slots, rows.length), cap);
      for (int e = 0; e < experts; e++) {
        int slot = e * width + part * slots;
        for (int i : members(real, taken, e, rows, praxis)) {
          tokenOfSlot[slot] = rows[i];
          slotOfToken[rows[i] * experts + e] = slot++;
        }
      }
    }
    NDManager manager = scores.getManager();
    return new NDList(
        manager.create(tokenOfSlot, new Shape(experts, width)),
        manager.create(slotOfToken, scores.getShape()));
  }

  /** Returns the tokens of a part without padding, in tie-breaking order. */
  private static int[] real(int first, int size, boolean[] padding, boolean praxis) {
    int[] rows = new int[size];
    int count = 0;
    for (int i = 0; i < size; i++) {
      int row = praxis ? first + size - 1 - i : first + i;
      if (padding.length == 0 || !padding[row]) {
        rows[count++] = row;
      }
    }
    return Arrays.copyOf(rows, count);
  }

  /** Returns the tokens of an expert in slot order. */
  private static List<Integer> members(
      double[][] scores, boolean[][] taken, int expert, int[] rows, boolean praxis) {
    List<Integer> members = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      if (taken[i][expert]) {
        members.add(i);
      }
    }
    members.sort(
        praxis
            ? Comparator.comparingInt(i -> rows[i])
            : Comparator.comparingDouble(i -> -scores[i][expert])); // stable
    return members;
  }
}
