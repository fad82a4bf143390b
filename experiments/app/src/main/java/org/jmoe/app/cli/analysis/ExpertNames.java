package org.jmoe.app.cli.analysis;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.intervention.ExpertGroup;

/**
 * Reads experts named on the command line: {@code layers/2:e5}, {@code layers/2/moe:5} and {@code
 * 2:1,3,8-11}.
 *
 * @param layers number of experts by the path of the layer
 */
public record ExpertNames(ImmutableMap<String, Integer> layers) {
  private static final Pattern RANGE = Pattern.compile("e?(\\d{1,6})(?:-e?(\\d{1,6}))?");

  /**
   * Returns the experts of a text.
   *
   * @throws UsageException if the layer or an expert does not exist
   */
  public ExpertGroup group(String option, String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw new UsageException(
          "%s %s names no expert; write it as layers/2:5 or layers/2:1,3,8-11."
              .formatted(option, text));
    }
    String layer = layer(option, text.substring(0, colon));
    int count = layers.getOrDefault(layer, 0);
    ImmutableSortedSet.Builder<Integer> experts = ImmutableSortedSet.naturalOrder();
    for (String part : Splitter.on(',').split(text.substring(colon + 1))) {
      Matcher range = RANGE.matcher(part.strip());
      if (!range.matches()) {
        throw new UsageException(
            "%s %s: '%s' is no expert; write a number such as 5, or a range such as 8-11."
                .formatted(option, text, part));
      }
      int first = Integer.parseInt(range.group(1));
      int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
      if (last >= count || first > last) {
        throw new UsageException(
            "%s %s: there is no expert %s; the experts of %s are 0 to %d."
                .formatted(option, text, part.strip(), layer, count - 1));
      }
      for (int e = first; e <= last; e++) {
        experts.add(e);
      }
    }
    return new ExpertGroup(layer, experts.build());
  }

  private String layer(String option, String name) {
    String place = name.matches("\\d+") ? "layers/" + name : name;
    List<String> found =
        layers.keySet().stream()
            .filter(path -> ("/" + path + "/").contains("/" + place + "/"))
            .toList();
    if (found.size() != 1) {
      throw new UsageException(
          "%s: %s layer is named '%s'; MoE layers are %s."
              .formatted(
                  option,
                  found.isEmpty() ? "no MoE" : "more than one",
                  name,
                  String.join(", ", layers.keySet())));
    }
    return found.get(0);
  }
}
