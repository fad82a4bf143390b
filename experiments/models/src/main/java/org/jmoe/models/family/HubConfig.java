package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.JsonFiles;

/**
 * A {@code config.json} as a family reads it. Every field is read, known to change no logit, or
 * refused by name: a switch that is ignored would silently give other numbers. A field that is
 * absent has the default of Transformers' configuration class, which the family lists.
 *
 * <p>All methods that read a field throw {@link DataFormatException}, naming file, field and value,
 * if it is missing without a default or not of the kind asked for.
 */
public final class HubConfig {
  /** Largest size that is read; no published model comes near. */
  private static final int MAX_SIZE = 1 << 20;

  private final Path file;
  private final String prefix; // of the names of fields, for a part
  private final FieldNames fields;
  private final Set<String> read = new HashSet<>();
  private final Map<String, Integer> sizes = new LinkedHashMap<>();

  private HubConfig(Path file, String prefix, FieldNames fields) {
    this.file = file;
    this.prefix = prefix;
    this.fields = fields;
  }

  /** Parses the {@code config.json} of a folder. */
  public static HubConfig open(Path folder) {
    Path file = folder.resolve("config.json");
    return of(file, JsonFiles.object(file));
  }

  /**
   * A configuration in memory.
   *
   * @param file that it is read from or will be written to, for error messages
   */
  public static HubConfig of(Path file, JsonNode root) {
    return new HubConfig(file, "", FieldNames.plain(root));
  }

  /** The same configuration as a family reads it, with its defaults and aliases. */
  HubConfig of(ModelFamily family) {
    ImmutableMap.Builder<String, JsonNode> defaults = ImmutableMap.builder();
    family
        .defaults()
        .forEach((key, value) -> defaults.put(key, new ObjectMapper().valueToTree(value)));
    FieldNames names = new FieldNames(fields.root(), defaults.buildOrThrow(), family.aliases());
    for (String key : names.aliases().keySet()) {
      if (names.contradicts(key)) {
        throw fault(
            "has different values of %s and %s, two names of one field; delete one"
                .formatted(key, names.aliases().get(key)));
      }
    }
    HubConfig own = new HubConfig(file, prefix, names);
    own.read.addAll(names.aliases().values());
    return own;
  }

  /** A field that is an object, read on its own. */
  public HubConfig part(String key) {
    JsonNode node = json(key);
    if (!node.isObject()) {
      throw wrong(key, "an object {..}");
    }
    return new HubConfig(file, prefix + fields.spelled(key) + ".", FieldNames.plain(node));
  }

  /** A part that is absent. */
  HubConfig empty() {
    return of(file, JsonNodeFactory.instance.objectNode());
  }

  /** A field without marking it as read; missing where the file does not have it. */
  JsonNode peek(String key) {
    return fields.root().path(key);
  }

  boolean isRead(String key) {
    return read.contains(key);
  }

  /** Whether there is no field at all. */
  boolean isEmpty() {
    return fields.root().isEmpty();
  }

  /**
   * An error about this file.
   *
   * @param problem the predicate of a sentence: what is wrong, and the fix
   */
  public DataFormatException fault(String problem) {
    return new DataFormatException(file, problem);
  }

  /** Whether the field has a value other than null, its own or its default. */
  public boolean has(String key) {
    read.add(fields.spelled(key));
    JsonNode value = fields.value(key);
    return value != null && !value.isNull();
  }

  /** The field as JSON, of any kind. */
  public JsonNode json(String key) {
    read.add(fields.spelled(key));
    JsonNode value = fields.value(key);
    if (value == null) {
      throw fault("lacks the field %s%s; add it".formatted(prefix, key));
    }
    return value;
  }

  private DataFormatException wrong(String key, String wanted) {
    return fault(
        "has %s%s = %s; use %s".formatted(prefix, fields.spelled(key), clipped(json(key)), wanted));
  }

  /** A string. */
  public String text(String key) {
    if (!json(key).isTextual()) {
      throw wrong(key, "a string");
    }
    return json(key).textValue();
  }

  /** A string, or another one where the field is absent or null. */
  public String text(String key, String otherwise) {
    return has(key) ? text(key) : otherwise;
  }

  /** An integer of at least a minimum. */
  public int integer(String key, int min) {
    return integer(key, min, Integer.MAX_VALUE);
  }

  private int integer(String key, int min, int max) {
    JsonNode node = json(key);
    double value = node.doubleValue();
    if (!node.isNumber() || value % 1 != 0 || value < min || value > max) {
      throw wrong(
          key,
          "an integer of at least %d%s"
              .formatted(min, max == Integer.MAX_VALUE ? "" : " and at most " + max));
    }
    return (int) value;
  }

  /** An integer, or another one where the field is absent or null. */
  public int integerOr(String key, int min, int otherwise) {
    return has(key) ? integer(key, min) : otherwise;
  }

  /**
   * A number of things that tensors have: an axis, experts, heads or layers. It is compared with
   * the files before any memory is allocated.
   */
  public int size(String key, int min) {
    int max = key.equals("vocab_size") ? MAX_SIZE << 4 : MAX_SIZE;
    int size = integer(key, min, max);
    if (fields.root().has(fields.spelled(key))) {
      sizes.put(fields.spelled(key), size);
    }
    return size;
  }

  /** A finite number. */
  public double number(String key) {
    JsonNode node = json(key);
    if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
      throw wrong(key, "a finite number");
    }
    return node.doubleValue();
  }

  /** A finite number, or another one where the field is absent or null. */
  public double numberOr(String key, double otherwise) {
    return has(key) ? number(key) : otherwise;
  }

  /** A finite number above 0. */
  public double positive(String key) {
    double number = number(key);
    if (number <= 0) {
      throw wrong(key, "a number above 0");
    }
    return number;
  }

  /** True or false; false where the field is absent without a default, or null. */
  public boolean flag(String key) {
    if (has(key) && !json(key).isBoolean()) {
      throw wrong(key, "true or false");
    }
    return has(key) && json(key).booleanValue();
  }

  /** Refuses any value but one, in a field that may be absent. */
  public void only(String key, String implemented) {
    if (has(key) && !FieldNames.isValue(json(key), implemented)) {
      throw wrong(key, implemented + ", the only value that is implemented");
    }
  }

  /** Marks fields as known to change no logit of this family, at any value. */
  public void ignore(String... keys) {
    read.addAll(Set.of(keys));
  }

  /**
   * Refuses a field that nothing has read and that is not known to be harmless.
   *
   * @see HarmlessFields
   */
  void refuseUnread() {
    for (Map.Entry<String, JsonNode> field : fields.root().properties()) {
      String key = field.getKey();
      if (!read.contains(key) && !HarmlessFields.covers(key, field.getValue())) {
        throw fault(
            ("has %s%s = %s, a field that is not implemented and may change the logits; delete it"
                    + " if it does not")
                .formatted(prefix, key, clipped(field.getValue())));
      }
    }
  }

  /** The sizes that have been read, by the names that the file has for them. */
  ImmutableMap<String, Integer> sizes() {
    return ImmutableMap.copyOf(sizes);
  }

  private static String clipped(JsonNode node) {
    String text = node.toString();
    return text.length() > 80 ? text.substring(0, 80) + ".." : text;
  }
}
