package org.jmoe.app.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.MapDifference;
import com.google.common.collect.Maps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunJson;
import org.junit.jupiter.api.Test;

/** Compares the pages on settings with the configuration. */
final class ConfigurationPagesTest {
  private static final Path GUIDE = Path.of("..", "..", "docs", "guide");
  private static final String FIRST_BLOCK = "model.layers.0.blocks.0.";

  private static Map<String, String> settings() {
    Map<String, String> leaves = new TreeMap<>();
    JsonNode tree = RunJson.standard().write(Presets.named("quickstart").config());
    flatten("", tree, leaves);
    return leaves;
  }

  private static void flatten(String path, JsonNode node, Map<String, String> leaves) {
    String prefix = path.isEmpty() ? "" : path + ".";
    if (node.isContainerNode() && !node.isEmpty()) {
      node.properties().forEach(e -> flatten(prefix + e.getKey(), e.getValue(), leaves));
      for (int i = 0; node.isArray() && i < node.size(); i++) {
        flatten(prefix + i, node.get(i), leaves);
      }
    } else {
      leaves.put(
          path.startsWith(FIRST_BLOCK) ? "model." + path.substring(FIRST_BLOCK.length()) : path,
          plain(node.isValueNode() ? node.asText() : node.toString()));
    }
  }

  /** Returns a number in one form. */
  private static String plain(String value) {
    return value.matches("[0-9.eE-]+") ? String.valueOf(Double.parseDouble(value)) : value;
  }

  private static List<MatchResult> rows(String page, String row) throws IOException {
    String text = Files.readString(GUIDE.resolve(page));
    return Pattern.compile("(?m)" + row).matcher(text).results().toList();
  }

  @Test
  void everySettingIsListedWithItsValue() throws IOException {
    Map<String, String> listed = new TreeMap<>();
    for (MatchResult row :
        rows("configuration.md", "^\\| `([^`]+)` \\| `([^`]+)` \\| [^|]+ \\|$")) {
      listed.put(row.group(1), plain(row.group(2)));
    }
    MapDifference<String, String> difference = Maps.difference(settings(), listed);
    assertTrue(difference.areEqual(), () -> "configuration.md and quickstart: " + difference);
  }

  @Test
  void settingsOfTheGlossaryExist() throws IOException {
    List<MatchResult> rows = rows("glossary.md", "^\\| `((?:model|training)\\.[^`]+)` \\|");
    assertTrue(rows.size() > 30);
    rows.forEach(row -> assertTrue(settings().containsKey(row.group(1)), row.group(1)));
  }
}
