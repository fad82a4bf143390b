package org.jmoe.models.hub;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jmoe.io.DataFormatException;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.models.family.ScaleBlocks;
import org.jmoe.models.family.TensorTarget;
import org.jmoe.tensor.HalfWeights;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.StoredWeights;
import org.jmoe.tensor.StridedPart;
import org.jmoe.training.config.ModelChange;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * Loads the tensors of a checkpoint into a model. All headers are checked before memory is
 * allocated. Tensors are then read in chunks, so that little memory is needed in addition to the
 * model.
 */
final class HubLoader {
  private static final int CHUNK_BYTES = 16 << 20;
  private static final ImmutableSet<DataType> FLOATS =
      ImmutableSet.of(DataType.FLOAT32, DataType.FLOAT16, DataType.BFLOAT16, DataType.FLOAT64);

  private HubLoader() {}

  /** Buffers for the bytes read and for values converted to a wider type. */
  private record Buffers(ByteBuffer read, ByteBuffer wide) {}

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  static HubModel open(Path folder, ModelChange change, ModelFamilies families) {
    HubPlan stored = families.plan(HubConfig.open(folder));
    try (HubTensors tensors = HubTensors.open(folder)) {
      List<TensorTarget> targets = check(stored, tensors);
      Memory.require(folder, stored.spec(), change);
      HubPlan plan = stored.withSpec(change.of(stored.spec()));
      return load(new HubSource(folder, families), plan, targets, tensors, change.half());
    }
  }

  /** Returns the targets after checking that the files match them exactly. */
  static List<TensorTarget> check(HubPlan plan, HubTensors tensors) {
    plan.requireSizes(tensors.longest());
    List<TensorTarget> targets =
        plan.tensors().choose(tensors.names(), name -> tensors.find(name).entry().shape());
    targets.forEach(target -> check(TensorRows.of(target, tensors, plan.tensors().scaleBlocks())));
    checkNoneLeft(plan, targets, tensors);
    return targets;
  }

  private static void check(TensorRows rows) {
    if (!FLOATS.contains(rows.type())) {
      throw new DataFormatException(
          rows.place().file(),
          "contains tensor '%s' of type %s; use float32, float16, bfloat16 or float64"
              .formatted(rows.target().name(), rows.type()));
    }
  }

  private static void checkNoneLeft(HubPlan plan, List<TensorTarget> targets, HubTensors tensors) {
    Set<String> left = new HashSet<>(tensors.names());
    for (TensorTarget target : targets) {
      left.remove(target.name());
      TensorRows rows = TensorRows.of(target, tensors, plan.tensors().scaleBlocks());
      if (rows.isPacked()) {
        left.remove(rows.scalesName());
      }
    }
    if (plan.spec().tied() && left.remove("lm_head.weight")) {
      TiedHead.requireEqual(tensors);
    }
    left.removeIf(name -> plan.tensors().isUnused(name, tensors.names()));
    if (!left.isEmpty()) {
      String first = left.stream().sorted().findFirst().orElseThrow();
      throw new DataFormatException(
          tensors.find(first).file(),
          ("contains tensor '%s', which config.json does not describe; use config.json and weights"
                  + " of the"
                  + " same model")
              .formatted(first));
    }
  }

  private static HubModel load(
      HubSource source,
      HubPlan plan,
      List<TensorTarget> targets,
      HubTensors tensors,
      boolean half) {
    NDManager manager = NDManager.newBaseManager();
    boolean loaded = false;
    try {
      LanguageModel model = plan.spec().build(Seed.of(0));
      allocate(model, manager, half);
      Map<String, DataType> stored = new HashMap<>();
      for (TensorTarget target : targets) {
        TensorRows rows = TensorRows.of(target, tensors, plan.tensors().scaleBlocks());
        stored.put(target.parameter(), rows.storedType());
      }
      fill(plan, targets, tensors, model, "");
      loaded = true;
      return new HubModel(source, plan, model, manager, ImmutableMap.copyOf(stored));
    } finally {
      if (!loaded) {
        manager.close();
      }
    }
  }

  /**
   * Fills the parameters of a model after checking all tensors.
   *
   * @param prefix prefix of its parameter names, with a slash
   */
  static void fill(HubPlan plan, HubTensors tensors, LanguageModel model, String prefix) {
    fill(plan, check(plan, tensors), tensors, model, prefix);
  }

  private static void fill(
      HubPlan plan,
      List<TensorTarget> targets,
      HubTensors tensors,
      LanguageModel model,
      String prefix) {
    ScaleBlocks blocks = plan.tensors().scaleBlocks();
    // Shared by all tensors, because direct buffers are only freed by garbage collection.
    Buffers buffer = new Buffers(direct(CHUNK_BYTES), direct(2 * CHUNK_BYTES));
    Map<String, NDArray> arrays = HubExport.arrays(model, prefix);
    Map<String, Parameter> halves = halves(model, prefix);
    Map<String, StoredExperts.Stack> stored = StoredExperts.of(model, prefix);
    Map<String, List<TensorRows>> later = new LinkedHashMap<>();
    for (TensorTarget target : targets) {
      NDArray array = arrays.get(target.parameter());
      Parameter half = halves.get(target.parameter());
      if (half != null) {
        TensorRows rows = TensorRows.of(target, tensors, blocks);
        fill(half.getArray(), rows, HalfWeights.layout(half, rows.target().part()), buffer);
        HalfWeights.requireFinite(half, rows.place().file());
      } else if (array != null) {
        TensorRows rows = TensorRows.of(target, tensors, blocks);
        fill(array, rows, rows.target().part(), buffer);
      } else {
        later
            .computeIfAbsent(target.parameter(), name -> new ArrayList<>())
            .add(TensorRows.of(target, tensors, blocks));
      }
    }
    later.forEach((name, parts) -> quantise(name, stored.get(name), parts, buffer));
  }

  private static Map<String, Parameter> halves(LanguageModel model, String prefix) {
    Map<String, Parameter> halves = new HashMap<>();
    for (Parameter parameter : model.getParameters().values()) {
      if (parameter.getArray().getDataType() == DataType.FLOAT16) {
        halves.put(parameter.getName().substring(prefix.length()), parameter);
      }
    }
    return halves;
  }

  /** Quantizes one stack; only one unquantized stack is in memory at a time. */
  private static void quantise(
      String name, StoredExperts.@Nullable Stack stored, List<TensorRows> parts, Buffers buffer) {
    if (stored == null) {
      throw new IllegalStateException("the model has no parameter " + name);
    }
    try (NDManager scope = NDManager.newBaseManager()) {
      NDArray stack = scope.create(stored.experts().shape(stored.side()), DataType.FLOAT32);
      parts.forEach(rows -> fill(stack, rows, rows.target().part(), buffer));
      stored.experts().load(stored.side(), stack);
    }
  }

  /** Allocates all parameters without drawing initial values, which would be overwritten. */
  private static void allocate(LanguageModel model, NDManager manager, boolean half) {
    List<Parameter> parameters = model.getParameters().values();
    for (Parameter parameter : parameters) {
      if (half && HalfWeights.stores(parameter)) {
        parameter.freeze(true);
        parameter.setInitializer((owner, shape, type) -> HalfWeights.allocate(parameter, owner));
      } else if (parameter.getType()
          != Parameter.Type.OTHER) { // whose zeros may be of another type
        parameter.setInitializer((owner, shape, type) -> owner.create(shape, type));
      }
    }
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
  }

  /**
   * Fills a part of an array in chunks.
   *
   * @param part the part of the array to fill
   */
  private static void fill(NDArray array, TensorRows source, StridedPart part, Buffers buffers) {
    long rows = part.sizes().get(0);
    long rowBytes = part.size() / rows * source.type().getNumOfBytes();
    long step = Math.max(1, CHUNK_BYTES / rowBytes);
    for (long row = 0; row < rows; row += step) {
      long count = Math.min(step, rows - row);
      StoredWeights.write(
          array,
          source.read(row, count, buffers.read()),
          source.type(),
          part.slice(row, count),
          buffers.wide());
    }
  }
}
