package org.jmoe.training.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.List;
import java.util.stream.Collectors;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.preset.LossPreset;
import org.jmoe.routing.preset.RouterPreset;

/** Reports all missing keys of an object, with their values in a preset. */
final class MissingKeys {
  private record Defaults(String source, JsonNode values) {}

  private MissingKeys() {}

  /**
   * Returns the message.
   *
   * @param type record type of the object
   * @param place path of the object; empty for the root
   * @param keys missing keys, at least one
   */
  static String sentence(Class<?> type, String place, List<String> keys, RunJson json) {
    String prefix = place.isEmpty() ? "" : place + ".";
    String fault =
        keys.size() == 1
            ? "key '" + prefix + keys.get(0) + "' is missing"
            : "keys '%s'%s are missing"
                .formatted(String.join("', '", keys), place.isEmpty() ? "" : " of " + place);
    Defaults defaults = defaults(type, place, json);
    String values =
        keys.stream()
            .filter(defaults.values()::has)
            .map(key -> "\"" + key + "\": " + defaults.values().get(key))
            .collect(Collectors.joining(", "));
    return fault + (values.isEmpty() ? "" : "; " + defaults.source() + " has " + values);
  }

  private static Defaults defaults(Class<?> type, String place, RunJson json) {
    if (RouterSpec.class.isAssignableFrom(type)) {
      for (RouterPreset preset : json.extensions().values(RouterPreset.class).values()) {
        RouterSpec spec =
            preset.spec(preset.defaults(), Capacity.dropless().withOrder(preset.order()));
        if (spec.getClass() == type) {
          return new Defaults("router preset " + preset.name(), json.tree(spec));
        }
      }
      return new Defaults("", MissingNode.getInstance());
    }
    if (AuxLoss.class.isAssignableFrom(type)) {
      for (LossPreset preset : json.extensions().values(LossPreset.class).values()) {
        if (preset.loss().getClass() == type) {
          return new Defaults("loss preset " + preset.name(), json.tree(preset.loss()));
        }
      }
      return new Defaults("", MissingNode.getInstance());
    }
    Preset first = Presets.all().get(0);
    String pointer = place.isEmpty() ? "" : "/" + place.replaceAll("[.\\[]", "/").replace("]", "");
    JsonNode values = json.tree(first.config()).at(pointer);
    return new Defaults("preset " + first.name(), values);
  }
}
