package org.jmoe.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.CaseFormat;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import com.google.common.io.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The plain numbers of a call are passed to {@code ops.py} without names. Each method unpacks them
 * by name in its first line; this test compares those names with the expressions of each caller.
 */
final class OpsSettingsTest {
  private static final Path SOURCES = Path.of("src/main/java/org/jmoe/tensor");
  private static final Pattern METHOD =
      Pattern.compile("  def (\\w+)\\(self, ([^)]*)\\) -> [^\n]*:\n((?:    .*\n)+)");
  private static final Pattern DECODED = Pattern.compile("    ([\\w, ]+) = (.*n[\\[,].*)");
  private static final Pattern ITEM = Pattern.compile("n\\[(\\d+)]|slice\\(n, (\\d+),");
  private static final Pattern CALL =
      Pattern.compile("(?:one|call)\\(\\s*\"(\\w+)\",\\s*(new double\\[\\] \\{([^}]*)}|[\\w.]+)");

  private static final int GROUP_SIZES = 5;

  /** Methods whose entire list is one kind of value. */
  private static final ImmutableSet<String> LISTS = ImmutableSet.of("half_zeros", "quantise_nf4");

  /** Methods that pass their list on unchanged, and to which method. */
  private static final Map<String, String> FORWARDED =
      Map.of("gumbel", "uniform", "padded_experts", "feed_forward");

  /** Returns the name at each position of each method's numbers. */
  private static Map<String, Map<Integer, String>> named() throws IOException {
    String ops =
        Resources.toString(Resources.getResource(Script.class, "ops.py"), StandardCharsets.UTF_8);
    Map<String, Map<Integer, String>> all = new HashMap<>();
    Matcher method = METHOD.matcher(ops);
    while (method.find()) {
      String name = Objects.requireNonNull(method.group(1));
      String body = Objects.requireNonNull(method.group(3));
      if (!Objects.requireNonNull(method.group(2)).contains("n: List[float]")
          || LISTS.contains(name)) {
        continue;
      }
      Map<Integer, String> names = new HashMap<>();
      for (String line : Splitter.on('\n').split(body)) {
        if (!ITEM.matcher(line).find()) {
          continue;
        }
        Matcher decoded = DECODED.matcher(line);
        assertTrue(decoded.find(), name + " reads an unnamed number:" + line);
        List<String> words =
            Splitter.on(", ").splitToList(Objects.requireNonNull(decoded.group(1)).strip());
        List<MatchResult> items =
            ITEM.matcher(Objects.requireNonNull(decoded.group(2))).results().toList();
        assertEquals(words.size(), items.size(), name + ":" + line);
        for (int i = 0; i < items.size(); i++) {
          MatchResult item = items.get(i);
          String place = item.group(1) == null ? item.group(2) : item.group(1);
          names.put(Integer.parseInt(Objects.requireNonNull(place)), words.get(i));
        }
      }
      all.put(name, names);
    }
    FORWARDED.forEach((from, to) -> all.put(from, Objects.requireNonNull(all.get(to))));
    return all;
  }

  @Test
  void callersPassNumbersInTheDeclaredOrder() throws IOException {
    Map<String, Map<Integer, String>> named = named();
    TreeSet<String> seen = new TreeSet<>();
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
        String source = Files.readString(file);
        Matcher call = CALL.matcher(source);
        while (call.find()) {
          String method = Objects.requireNonNull(call.group(1));
          Map<Integer, String> names = named.get(method);
          List<String> given = given(source.substring(0, call.start()), call);
          if (names == null) {
            assertTrue(given.isEmpty() || LISTS.contains(method), method + " takes no " + given);
            continue;
          }
          seen.add(method);
          names.forEach(
              (place, name) -> {
                if (method.equals("grouped_experts")
                    && given.size() == GROUP_SIZES
                    && place >= GROUP_SIZES) {
                  return; // the group sizes of the full stack are optional
                }
                assertTrue(place < given.size(), method + " lacks " + name + ": " + given);
                assertEquals(name, given.get(place), () -> method + " is called with " + given);
              });
        }
      }
    }
    assertEquals(new TreeSet<>(named.keySet()), seen, "methods without a caller");
  }

  /** Returns the names of a call's numbers as written by the caller. */
  private static List<String> given(String before, MatchResult call) throws IOException {
    String inline = call.group(3);
    String expression = Objects.requireNonNull(call.group(2));
    if (inline != null) {
      return names(inline);
    }
    if (expression.equals("NONE")) {
      return List.of();
    }
    if (expression.equals("w.numbers")) {
      return settings("FeedForwardWeights.java");
    }
    if (expression.equals("scores.numbers")) {
      return settings("AttentionOps.java");
    }
    Matcher declared =
        Pattern.compile("double\\[\\] " + expression + " =\\s*([^;]*);", Pattern.DOTALL)
            .matcher(before);
    String last = "";
    while (declared.find()) {
      last = Objects.requireNonNull(declared.group(1));
    }
    List<String> all = new ArrayList<>();
    for (String part :
        Splitter.on("@").split(last.replaceAll("(new double\\[\\] )?\\{([^}]*)}", "@$2@"))) {
      String inside = part.strip();
      if (inside.contains("settings")) {
        all.addAll(settings("FeedForwardWeights.java"));
      }
      if (inside.matches("(?s)[,\\s]*(ids\\.stream.*|frequencies\\)|layout\\)|LEVELS\\))")
          || inside.matches("(?s)Doubles.concat\\(settings, ids.*")) {
        String tail =
            inside.replaceFirst("(?s)Doubles.concat\\(settings", "").replaceAll("^[,\\s]+", "");
        all.add(
            CaseFormat.UPPER_UNDERSCORE.to(
                CaseFormat.LOWER_UNDERSCORE,
                tail.replaceFirst("(?s)[.)].*", "").toUpperCase(Locale.ROOT)));
      } else if (!inside.contains("concat") && !inside.replaceAll("[,)\\s]", "").isEmpty()) {
        all.addAll(names(inside));
      }
    }
    return all;
  }

  /** Returns the names in the {@code numbers()} of a file. */
  private static List<String> settings(String file) throws IOException {
    String source = Files.readString(SOURCES.resolve(file));
    int at = source.indexOf("{", source.indexOf("return new double[]"));
    return names(source.substring(at + 1, source.indexOf("}", at)));
  }

  /**
   * Normalizes expressions: {@code activation.code()} to activation, {@code causal ? 1 : 0} to
   * causal.
   */
  private static List<String> names(String expressions) {
    List<String> names = new ArrayList<>();
    for (String each : Splitter.on(',').split(expressions)) {
      String name =
          each.strip()
              .replaceFirst("^\\w+ == null \\? 0 : ", "")
              .replaceFirst(" \\? 1 : 0$", "")
              .replaceFirst("^Double\\.", "")
              .replaceFirst("^Dtypes\\.torchCode\\((\\w+)\\)$", "$1")
              .replaceFirst("\\.(value|code|torchCode)\\(\\)$", "")
              .replaceFirst("^\\w+\\.(\\w+)\\(\\)$", "$1");
      names.add(
          name.equals("NEGATIVE_INFINITY")
              ? "negative_infinity"
              : CaseFormat.LOWER_CAMEL.to(CaseFormat.LOWER_UNDERSCORE, name));
    }
    return names;
  }
}
