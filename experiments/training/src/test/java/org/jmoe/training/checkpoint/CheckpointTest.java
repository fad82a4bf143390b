package org.jmoe.training.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.safetensors.Safetensors;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Errors;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.transformer.LanguageModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

final class CheckpointTest {
  private static final String NORM = "model/norm/gain";

  @RegisterExtension final BatchScope scope = new BatchScope();
  @TempDir Path folder = Path.of("");

  @Test
  void loadsWhatWasSaved() {
    LanguageModel saved = model(1);
    LanguageModel loaded = model(2);
    Checkpoint.save(saved, folder, 3);
    Path file = Checkpoint.latest(folder).orElseThrow();
    assertEquals(folder.resolve("step-3/model.safetensors"), file);
    int before = scope.manager().getManagedArrays().size();
    Checkpoint.load(loaded, file, scope.manager());
    assertEquals(before, scope.manager().getManagedArrays().size(), "leaked arrays");
    assertSame(numbers(saved), numbers(loaded));
  }

  @Test
  void latestHasTheHighestStep() throws IOException {
    assertEquals(Optional.empty(), Checkpoint.latest(folder.resolve("none")));
    assertEquals(Optional.empty(), Checkpoint.latest(folder));
    LanguageModel model = model(1);
    Checkpoint.save(model, folder, 9);
    Checkpoint.save(model, folder, 10);
    Files.createDirectories(folder.resolve("step-11")); // interrupted before its file was written
    Files.createDirectories(folder.resolve("step-x"));
    assertEquals(
        Optional.of(folder.resolve("step-10/model.safetensors")), Checkpoint.latest(folder));
  }

  @Test
  void mismatchedTensorsLeaveTheModelUnchanged() {
    LanguageModel model = model(1);
    Map<String, NDArray> arrays = arrays(model(2));
    NDArray norm = arrays.remove(NORM);
    assertRefused(model, arrays, "contains no tensor 'model/norm/gain'");
    arrays.put(NORM, scope.manager().ones(new Shape(5)));
    assertRefused(
        model,
        arrays,
        "contains tensor 'model/norm/gain' of shape (5), but the model needs shape (16)");
    arrays.put(NORM, scope.manager().ones(new Shape(16), DataType.INT64));
    assertRefused(
        model, arrays, "contains tensor 'model/norm/gain' of type int64, but the model needs type");
    arrays.put(NORM, norm);
    arrays.put("extra", scope.manager().ones(new Shape(1)));
    assertRefused(model, arrays, "contains tensor 'extra', which the model does not have");
  }

  private void assertRefused(LanguageModel model, Map<String, NDArray> arrays, String message) {
    Path file = folder.resolve("bad.safetensors");
    Safetensors.write(file, arrays);
    Map<String, float[]> before = numbers(model);
    String found =
        Errors.message(
            DataFormatException.class, () -> Checkpoint.load(model, file, scope.manager()));
    assertTrue(found.startsWith(file + " " + message), found);
    assertSame(before, numbers(model));
  }

  private static void assertSame(Map<String, float[]> expected, Map<String, float[]> found) {
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach((name, values) -> assertArrayEquals(values, found.get(name), name));
  }

  private static Map<String, NDArray> arrays(LanguageModel model) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    for (Parameter parameter : model.getParameters().values()) {
      arrays.put(parameter.getName(), parameter.getArray());
    }
    return arrays;
  }

  private static Map<String, float[]> numbers(LanguageModel model) {
    Map<String, float[]> numbers = new LinkedHashMap<>();
    arrays(model).forEach((name, array) -> numbers.put(name, array.toFloatArray()));
    return numbers;
  }

  private LanguageModel model(long seed) {
    LanguageModel model =
        TinyRuns.config(folder.resolve("none")).model().build(Seed.of(seed).child("model"));
    model.initialize(scope.manager(), DataType.FLOAT32, new Shape(1, 1));
    return model;
  }
}
