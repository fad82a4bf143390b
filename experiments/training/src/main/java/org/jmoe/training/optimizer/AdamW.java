package org.jmoe.training.optimizer;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jmoe.io.safetensors.SplitArray;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.NamedDevice;
import org.jmoe.tensor.NamedTensor;

/**
 * AdamW (Loshchilov and Hutter 2019) with parameter groups and accessible state. One native call
 * updates all parameters that share a rate, a decay and a device.
 */
public final class AdamW implements AutoCloseable {
  /**
   * Optimizer settings.
   *
   * @param rate peak learning rate
   * @param beta1 decay rate of the first moment
   * @param beta2 decay rate of the second moment
   * @param epsilon term added to the square root of the second moment
   * @param decay weight decay; not applied to biases and gains
   * @param clip maximum global gradient norm; 0 for no clipping
   * @param groups parameter groups; the first match applies
   */
  public record Spec(
      double rate,
      double beta1,
      double beta2,
      double epsilon,
      double decay,
      double clip,
      List<ParameterGroup> groups) {
    /** Validates the settings. */
    public Spec {
      Preconditions.checkArgument(
          rate > 0 && Double.isFinite(rate), "rate must be above 0 and finite, not %s", rate);
      Preconditions.checkArgument(
          beta1 >= 0 && beta1 < 1, "beta1 must be in [0, 1), not %s", beta1);
      Preconditions.checkArgument(
          beta2 >= 0 && beta2 < 1, "beta2 must be in [0, 1), not %s", beta2);
      Preconditions.checkArgument(
          epsilon > 0 && Double.isFinite(epsilon),
          "epsilon must be above 0 and finite, not %s",
          epsilon);
      Preconditions.checkArgument(
          decay >= 0 && Double.isFinite(decay),
          "decay must be at least 0 and finite, not %s",
          decay);
      Preconditions.checkArgument(
          clip >= 0 && Double.isFinite(clip),
          "clip must be at least 0 (for no limit) and finite, not %s",
          clip);
      groups = ImmutableList.copyOf(groups);
    }

    /** Returns common settings for language models. */
    public static Spec of(double rate) {
      return new Spec(rate, 0.9, 0.95, 1e-8, 0.1, 1, List.of());
    }
  }

  /** Parameters updated by one native call. */
  private record Group(double rate, double decay, NamedDevice device) {}

  /**
   * A parameter and its moments, which have its shape; the step count is 0-d.
   *
   * @param index position among the trained parameters
   */
  private record Slot(
      int index,
      NamedTensor tensor,
      NamedTensor.Piece piece,
      NDArray value,
      NDArray mean,
      NDArray variance,
      NDArray step) {}

  private final Spec spec;
  private final NDManager manager;
  private final Map<NamedTensor, List<Slot>> tensors = new LinkedHashMap<>();
  private final Map<Group, List<Slot>> slots = new LinkedHashMap<>();
  private final List<NDArray> trained = new ArrayList<>();

  /**
   * Creates an optimizer with zero moments on the device of each parameter, and freezes the
   * parameters of frozen groups.
   */
  public AdamW(Spec spec, Block model, NDManager parent) {
    this.spec = spec;
    manager = parent.newSubManager();
    for (NamedTensor tensor : NamedTensor.of(model)) {
      ParameterGroup group = group(tensor.name());
      double decay = tensor.type() == Parameter.Type.WEIGHT ? group.decay() : 0;
      for (NamedTensor.Piece piece : tensor.pieces()) {
        if (group.frozen()) {
          piece.parameter().freeze(true);
        }
        if (piece.parameter().requiresGradient()) {
          Slot slot = slot(tensor, piece);
          tensors.computeIfAbsent(tensor, t -> new ArrayList<>()).add(slot);
          slots
              .computeIfAbsent(
                  new Group(group.rate(), decay, piece.device()), g -> new ArrayList<>())
              .add(slot);
        }
      }
    }
    Preconditions.checkArgument(
        !slots.isEmpty(),
        "all parameters are frozen, so nothing would be trained; unfreeze a group");
  }

  private ParameterGroup group(String path) {
    return spec.groups().stream()
        .filter(g -> g.matches(path))
        .findFirst()
        .orElse(new ParameterGroup("", 1, 1, false));
  }

  private Slot slot(NamedTensor tensor, NamedTensor.Piece piece) {
    NDArray value = piece.parameter().getArray();
    Device device = value.getDevice();
    trained.add(value);
    return new Slot(
        trained.size() - 1,
        tensor,
        piece,
        value,
        manager.zeros(value.getShape(), value.getDataType(), device),
        manager.zeros(value.getShape(), value.getDataType(), device),
        manager.zeros(new Shape(), DataType.FLOAT32, device));
  }

  /** Returns the trained parameters, in the order of the gradients passed to {@link #step}. */
  public List<NDArray> trained() {
    return Collections.unmodifiableList(trained);
  }

  /**
   * Clips the gradients and updates the parameters. If the norm is not finite, nothing is changed;
   * see {@link #nonFiniteGradient}.
   *
   * @param schedule fraction of the peak rate
   * @param gradients gradients of {@link #trained}; not modified
   * @return global gradient norm before clipping
   */
  public double step(double schedule, List<NDArray> gradients) {
    double norm = norm(gradients);
    if (Double.isFinite(norm)) {
      update(schedule, clipping(norm), gradients);
    }
    return norm;
  }

  /**
   * Returns the factor that scales gradients of this norm to a norm of at most {@code spec.clip()}.
   */
  public double clipping(double norm) {
    return spec.clip() > 0 && norm > spec.clip() ? spec.clip() / norm : 1;
  }

  /**
   * Updates the parameters.
   *
   * @param schedule fraction of the peak rate
   * @param factor gradient scale
   * @param gradients gradients of {@link #trained}; not modified
   */
  public void update(double schedule, double factor, List<NDArray> gradients) {
    slots.forEach(
        (key, group) ->
            FusedUpdates.adamW(
                group.stream().map(Slot::value).toList(),
                group.stream().map(slot -> gradients.get(slot.index())).toList(),
                group.stream().map(Slot::mean).toList(),
                group.stream().map(Slot::variance).toList(),
                group.stream().map(Slot::step).toList(),
                byRow(group),
                factor,
                spec.rate() * schedule * key.rate(),
                spec.beta1(),
                spec.beta2(),
                spec.decay() * key.decay(),
                spec.epsilon()));
  }

  /** Marks stacks whose rows do not fill a multiple of the 64-byte vector registers. */
  private static boolean[] byRow(List<Slot> group) {
    boolean[] byRow = new boolean[group.size()];
    for (int i = 0; i < byRow.length; i++) {
      NamedTensor tensor = group.get(i).tensor();
      byRow[i] = tensor.isStack() && tensor.shape().size() / tensor.shape().get(0) % 16 != 0;
    }
    return byRow;
  }

  /**
   * Returns the global gradient norm. Norms are computed per array, or per row of a stack that may
   * be sharded, and summed in model order, so the result is bit-identical for any sharding.
   *
   * @param gradients gradients of {@link #trained}
   */
  public double norm(List<NDArray> gradients) {
    Preconditions.checkArgument(
        gradients.size() == trained.size(),
        "%s parameters are trained, but %s gradients were given",
        trained.size(),
        gradients.size());
    Map<NamedTensor, double[]> norms = new LinkedHashMap<>();
    tensors
        .keySet()
        .forEach(t -> norms.put(t, new double[t.isStack() ? (int) t.shape().get(0) : 1]));
    for (List<Slot> group : slots.values()) {
      collect(norms, group, gradients, false);
      collect(norms, group, gradients, true);
    }
    double squares = 0;
    for (double[] rows : norms.values()) {
      for (double row : rows) {
        squares += row * row;
      }
    }
    return Math.sqrt(squares);
  }

  private static void collect(
      Map<NamedTensor, double[]> norms, List<Slot> group, List<NDArray> gradients, boolean stacks) {
    List<Slot> slots = new ArrayList<>();
    List<NDArray> arrays = new ArrayList<>();
    for (Slot slot : group) {
      if (slot.tensor().isStack() == stacks) {
        slots.add(slot);
        arrays.add(gradients.get(slot.index()));
      }
    }
    double[] found = stacks ? FusedUpdates.rowNorms(arrays) : FusedUpdates.norms(arrays);
    int at = 0;
    for (Slot slot : slots) {
      double[] into = norms.getOrDefault(slot.tensor(), new double[0]);
      ImmutableIntArray rows = slot.piece().rows();
      int count = rows.isEmpty() ? into.length : rows.length();
      for (int r = 0; r < count; r++) {
        into[rows.isEmpty() ? r : rows.get(r)] = found[at++];
      }
    }
  }

  /** Returns the path of the first parameter with a non-finite gradient, if any. */
  public Optional<String> nonFiniteGradient(List<NDArray> gradients) {
    return slots.values().stream()
        .flatMap(List::stream)
        .filter(
            slot -> !Double.isFinite(FusedUpdates.globalNorm(List.of(gradients.get(slot.index())))))
        .map(slot -> slot.tensor().name())
        .findFirst();
  }

  /**
   * Returns the optimizer state in model order: {@code path.mean}, {@code path.variance} and {@code
   * path.step}, the step count shared by all rows of a tensor.
   */
  public List<SplitArray> state() {
    List<SplitArray> state = new ArrayList<>();
    tensors.forEach(
        (tensor, group) -> {
          DataType type = group.get(0).value().getDataType();
          state.add(
              new SplitArray(
                  tensor.name() + ".mean",
                  tensor.shape(),
                  type,
                  group.stream()
                      .map(s -> new SplitArray.Piece(s.mean(), s.piece().rows()))
                      .toList()));
          state.add(
              new SplitArray(
                  tensor.name() + ".variance",
                  tensor.shape(),
                  type,
                  group.stream()
                      .map(s -> new SplitArray.Piece(s.variance(), s.piece().rows()))
                      .toList()));
          state.add(
              new SplitArray(
                  tensor.name() + ".step",
                  new Shape(),
                  DataType.FLOAT32,
                  group.stream()
                      .map(s -> new SplitArray.Piece(s.step(), ImmutableIntArray.of()))
                      .toList()));
        });
    return state;
  }

  @Override
  public void close() {
    manager.close();
  }
}
