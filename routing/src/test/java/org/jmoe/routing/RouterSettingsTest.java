package org.jmoe.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.primitives.ImmutableLongArray;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jmoe.extension.Extensions;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.assigned.HashRouter;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.routing.published.RouterPresets;
import org.jmoe.routing.topk.EnsembleRouter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code withK} and {@code withCapacity} change one setting or throw if there is none. */
final class RouterSettingsTest {
  private static final int EXPERTS = 16;

  static List<RouterPreset> presets() {
    return RouterPresets.all();
  }

  private static Map<String, Object> settings(RouterSpec spec) throws ReflectiveOperationException {
    Map<String, Object> settings = new LinkedHashMap<>();
    for (RecordComponent part : Objects.requireNonNull(spec.getClass().getRecordComponents())) {
      settings.put(part.getName(), part.getAccessor().invoke(spec));
    }
    return settings;
  }

  @ParameterizedTest
  @MethodSource("presets")
  void withKChangesOnlyK(RouterPreset preset) throws ReflectiveOperationException {
    RouterSpec spec = preset.spec(EXPERTS);
    Map<String, Object> expected = settings(spec);
    String name = Extensions.nameOf(spec.getClass());
    if (expected.containsKey("k")) {
      expected.put("k", 3);
      assertEquals(expected, settings(spec.withK(3)));
      assertEquals(spec.getClass(), spec.withK(3).getClass());
    } else {
      String message =
          assertThrows(IllegalArgumentException.class, () -> spec.withK(3)).getMessage();
      assertEquals("Cannot set k: " + name + " has no setting k.", message);
    }
  }

  @ParameterizedTest
  @MethodSource("presets")
  void withCapacityChangesOnlyTheCapacity(RouterPreset preset) throws ReflectiveOperationException {
    RouterSpec spec = preset.spec(EXPERTS);
    Map<String, Object> expected = settings(spec);
    String name = Extensions.nameOf(spec.getClass());
    Capacity before = spec.capacity();
    if (expected.containsKey("capacity")) {
      Capacity other = Objects.requireNonNull(before).withRule(before.rule(), 2, 3);
      expected.put("capacity", other);
      assertEquals(expected, settings(spec.withCapacity(other)));
    } else {
      String message =
          assertThrows(IllegalArgumentException.class, () -> spec.withCapacity(Capacity.dropless()))
              .getMessage();
      assertEquals("Cannot set capacity: " + name + " has no setting capacity.", message);
    }
  }

  @Test
  void aHashTableKeepsItsK() {
    HashRouter.Spec spec =
        new HashRouter.Spec(1, ImmutableLongArray.of(0, 1, 2, 3), false, Capacity.dropless());
    String message = assertThrows(IllegalArgumentException.class, () -> spec.withK(2)).getMessage();
    assertEquals(
        "Cannot set k: the table of this HashRouter lists 1 experts per token id.", message);
  }

  @Test
  void quantileBalancingRequiresKBelowExperts() {
    assertEquals(15, RouterPresets.find("quantile").orElseThrow().spec(EXPERTS).largestK(EXPERTS));
    assertEquals(8, new EnsembleRouter.Spec(2, 1, 0, Capacity.dropless()).largestK(EXPERTS));
    assertEquals(1, RouterPresets.find("quantile").orElseThrow().spec(2).activeExperts(2));
  }

  @Test
  void traitsFollowTheSettings() {
    assertTrue(RouterPresets.find("nllb-all").orElseThrow().traits().isEmpty());
    assertTrue(RouterPresets.find("nllb-sampling").orElseThrow().has(RouterTrait.NOISE));
  }
}
