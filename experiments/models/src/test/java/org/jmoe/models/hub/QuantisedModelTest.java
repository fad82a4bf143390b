package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.Quantisation;
import org.jmoe.training.config.ModelChange;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checkpoints opened with quantized experts. */
final class QuantisedModelTest {
  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void outputsMatchDequantizedWeights(String config) throws IOException {
    TinyCheckpoint.write(folder, config, 5);
    for (Quantisation form : Quantisation.values()) {
      try (HubModel hub = HubModel.open(folder);
          HubModel held = HubModel.open(folder, new ModelChange(null, null, form));
          NDManager scope = NDManager.newBaseManager()) {
        float[] before = OwnCheckpointsTest.logits(hub);
        Map<String, NDArray> arrays = HubExport.arrays(hub.model(), "");
        Map<String, StoredExperts.Stack> stacks = StoredExperts.of(held.model(), "");
        assertFalse(stacks.isEmpty());
        stacks.forEach(
            (name, stack) -> {
              NDArray restored = stack.experts().dequantise(stack.side(), scope);
              NDArray target = Objects.requireNonNull(arrays.get(name));
              assertEquals(target.getShape(), restored.getShape());
              FusedUpdates.copyAll(java.util.List.of(target), java.util.List.of(restored));
            });
        float[] expected = OwnCheckpointsTest.logits(hub);
        assertFalse(Arrays.equals(before, expected));
        assertArrayEquals(expected, OwnCheckpointsTest.logits(held), 5e-5f);
      }
    }
  }
}
