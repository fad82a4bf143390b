package org.jmoe.io;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import com.google.common.collect.ImmutableList;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Generates malformed variants of a JSON file: each field in turn is missing, null, repeated, of
 * another type, out of range or nested, and the file is empty, truncated or of another kind.
 */
public final class JsonMutations {
  private static final ImmutableList<String> VALUES =
      ImmutableList.of(
          "null",
          "\"text\"",
          "\"\"",
          "true",
          "-1",
          "0",
          "0.5",
          "2147483647",
          "9223372036854775807",
          "1e308",
          "1e999",
          "NaN",
          "[]",
          "{}",
          "[[[1]]]",
          "{\"a\":{\"b\":null}}",
          "\"\\u0000\"",
          "\"\\u001b[2J\\u202e\"",
          "\"\\ud800\"",
          "\"../x\"",
          "\"/etc/passwd\"",
          nested(10_000));
  private static final ImmutableList<String> NAMES =
      ImmutableList.of("", "../\u0000\u001b[2J\ud800\n'%s");
  private static final int CUTS = 16;

  /**
   * A malformed variant.
   *
   * @param what description
   * @param text content of the file
   * @param charset its encoding
   */
  public record Mutation(String what, String text, Charset charset) {
    Mutation(String what, String text) {
      this(what, text, StandardCharsets.UTF_8);
    }

    /** Returns the content in bytes. */
    public byte[] bytes() {
      return text.getBytes(charset);
    }

    @Override
    public String toString() {
      return what;
    }
  }

  private JsonMutations() {}

  /** Returns all variants of a file that contains {@code good}. */
  public static List<Mutation> of(JsonNode good) {
    List<Mutation> all = new ArrayList<>(files(good));
    fields(good, good, JsonPointer.empty(), all);
    return all;
  }

  private static List<Mutation> files(JsonNode good) {
    List<Mutation> all = new ArrayList<>();
    String text = good.toString();
    for (int i = 0; i < CUTS; i++) {
      int end = text.length() * i / CUTS;
      all.add(new Mutation("truncated at " + end, text.substring(0, end)));
    }
    for (String other :
        List.of("null", "7", "\"text\"", "[]", "{}", "\u0000\u0001", "\ufeff{", nested(10_000))) {
      all.add(new Mutation("is " + shown(other), other));
    }
    all.add(new Mutation("repeated", text + text));
    all.add(new Mutation("latin-1", "{\"\u00fc\":" + text + "}", StandardCharsets.ISO_8859_1));
    return all;
  }

  private static void fields(JsonNode good, JsonNode at, JsonPointer path, List<Mutation> all) {
    if (at instanceof ObjectNode object) {
      object
          .properties()
          .forEach(
              entry -> {
                JsonPointer child = path.appendProperty(entry.getKey());
                all.add(new Mutation("no " + child, removed(good, child)));
                for (String name : NAMES) {
                  all.add(new Mutation(child + " named " + shown(name), named(good, child, name)));
                }
                all.add(new Mutation(child + " twice", twice(good, child)));
                field(good, entry.getValue(), child, all);
              });
    } else if (at instanceof ArrayNode array && !array.isEmpty()) {
      field(good, array.get(0), path.appendIndex(0), all);
    }
  }

  private static void field(JsonNode good, JsonNode value, JsonPointer path, List<Mutation> all) {
    for (String other : VALUES) {
      if (!other.equals(value.toString())) {
        all.add(new Mutation(path + " = " + shown(other), with(good, path, other)));
      }
    }
    fields(good, value, path, all);
  }

  private static String with(JsonNode good, JsonPointer path, String value) {
    ContainerNode<?> copy = good.deepCopy();
    JsonNode parent = copy.at(path.head());
    RawValue raw = new RawValue(value);
    if (parent instanceof ObjectNode object) {
      object.putRawValue(path.last().getMatchingProperty(), raw);
    } else if (parent instanceof ArrayNode array) {
      array.setRawValue(path.last().getMatchingIndex(), raw);
    }
    return copy.toString();
  }

  private static String removed(JsonNode good, JsonPointer path) {
    ContainerNode<?> copy = good.deepCopy();
    ((ObjectNode) copy.at(path.head())).remove(path.last().getMatchingProperty());
    return copy.toString();
  }

  private static String named(JsonNode good, JsonPointer path, String name) {
    ContainerNode<?> copy = good.deepCopy();
    ((ObjectNode) copy.at(path.head())).set(name, good.at(path));
    ((ObjectNode) copy.at(path.head())).remove(path.last().getMatchingProperty());
    return copy.toString();
  }

  private static String twice(JsonNode good, JsonPointer path) {
    String key = path.last().getMatchingProperty();
    String value = good.at(path).toString();
    return with(good, path, value + ",\"" + key + "\":" + value);
  }

  private static String nested(int depth) {
    return "[".repeat(depth) + "]".repeat(depth);
  }

  private static String shown(String value) {
    return value.length() > 40 ? value.substring(0, 8) + ".." : value;
  }
}
