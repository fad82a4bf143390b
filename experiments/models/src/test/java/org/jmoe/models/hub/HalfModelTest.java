package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.primitives.Floats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jmoe.tensor.HalfWeights;
import org.jmoe.tensor.NoGrad;
import org.jmoe.training.config.ModelChange;
import org.jmoe.transformer.attention.KvCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checkpoints with weights in float16. */
final class HalfModelTest {
  private static final ModelChange HALF = new ModelChange(null, null, null, true);

  @TempDir Path folder = Path.of("");

  /**
   * Inputs of single rows are rounded to 11 bits before a matmul; larger inputs are not rounded.
   */
  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void matchesFloat32(String config) throws IOException {
    TinyCheckpoint.write(folder, config, 7);
    Path narrow = folder.resolve("narrow");
    try (HubModel hub = HubModel.open(folder)) {
      new HubExport(narrow, DataType.BFLOAT16).write(hub);
    }
    try (HubModel whole = HubModel.open(narrow);
        HubModel half = HubModel.open(narrow, HALF)) {
      float[] expected = OwnCheckpointsTest.logits(whole);
      float tolerance = 5e-3f * Math.max(Floats.max(expected), -Floats.min(expected));
      assertArrayEquals(expected, OwnCheckpointsTest.logits(half), tolerance);
      assertArrayEquals(expected, tokenByToken(half), tolerance);
    }
  }

  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void weightsEqualThoseInTheFile(String config) throws IOException {
    TinyCheckpoint.write(folder, config, 8);
    Path narrow = folder.resolve("narrow");
    try (HubModel hub = HubModel.open(folder)) {
      new HubExport(narrow, DataType.FLOAT16).write(hub);
    }
    try (HubModel whole = HubModel.open(narrow);
        HubModel half = HubModel.open(narrow, HALF);
        NDManager scope = NDManager.newBaseManager()) {
      Map<String, NDArray> arrays = HubExport.arrays(whole.model(), "");
      int count = 0;
      for (Parameter parameter : half.model().getParameters().values()) {
        NDArray array = parameter.getArray();
        boolean isHalf = array.getDataType() == DataType.FLOAT16;
        assertEquals(HalfWeights.stores(parameter), isHalf, parameter.getName());
        count += isHalf ? 1 : 0;
        NDArray found = array.toType(DataType.FLOAT32, true);
        found.attach(scope);
        NDArray expected = Objects.requireNonNull(arrays.get(parameter.getName()));
        assertEquals(expected.getShape(), array.getShape());
        assertArrayEquals(expected.toFloatArray(), found.toFloatArray(), parameter.getName());
      }
      assertTrue(count >= 5, "only " + count);
    }
  }

  @Test
  void valuesAboveTheFloat16MaximumAreRejected() throws IOException {
    TinyCheckpoint.write(folder, Configs.mixtral(), 9);
    try (HubModel hub = HubModel.open(folder)) {
      Map<String, NDArray> arrays = HubExport.arrays(hub.model(), "");
      NDArray in = Objects.requireNonNull(arrays.get("layers/0/attention/in"));
      try (NDArray large = hub.manager().full(new Shape(1), 70_000)) {
        in.set(new NDIndex("0, 0"), large);
      }
      new HubExport(folder.resolve("large"), null).write(hub);
    }
    Throwable error =
        assertThrows(
            IllegalArgumentException.class,
            () -> HubModel.open(folder.resolve("large"), HALF).close());
    assertTrue(
        String.valueOf(error.getMessage()).contains("layers/0/attention/in has a value above"),
        error.getMessage());
  }

  private static float[] tokenByToken(HubModel hub) {
    List<float[]> rows = new ArrayList<>();
    NoGrad.get(
        () -> {
          try (KvCache cache =
              hub.model().newCache(hub.manager(), 1, OwnCheckpointsTest.IDS.length)) {
            for (long id : OwnCheckpointsTest.IDS) {
              try (NDManager scope = hub.manager().newSubManager()) {
                NDArray ids = scope.create(new long[] {id}, new Shape(1, 1)); // (1, 1)
                rows.add(
                    hub.model()
                        .logits(new ParameterStore(scope, false), ids, null, cache, false)
                        .toFloatArray());
              }
            }
          }
          return true;
        });
    return Floats.concat(rows.toArray(new float[0][]));
  }
}
