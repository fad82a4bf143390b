package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.JsonFiles;

/**
 * A {@code config.json} as a family reads it. Every field is either read, known not to affect the
 * logits, or rejected by name, because ignoring an unknown switch would silently change the
 * results. An absent field takes the default of the configuration class in Transformers, which the
 * family lists.
 *
 * <p>All methods that read a field throw {@link DataFormatException} with the file, field and value
 * if the field is missing and has no default or if it has the wrong type.
 */
public final class HubConfig {
  /** Largest size that is accepted; far above those of published models. */
  private static final int MAX_SIZE = 1 << 20;

  private final Path file;
  private final String prefix; // of field names in a nested object
  private final FieldNames fields;
  private final Set<String> read = new HashSet<>();
  private final List<HubConfig> parts = new ArrayList<>(); // that are checked with this one
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

  /** Returns a configuration in memory, with its file for error messages. */
  public static HubConfig of(Path file, JsonNode root) {
    return new HubConfig(file, "", FieldNames.plain(root));
  }

  /** Returns this configuration with the defaults and aliases of a family. */
  HubConfig of(ModelFamily family) {
    FieldNames names = FieldNames.of(fields.root(), family);
    names.requireConsistent(this::fault);
    HubConfig own = new HubConfig(file, prefix, names);
    own.read.addAll(names.aliases().values());
    return own;
  }

  /** Returns a nested object as a configuration. */
  public HubConfig part(String key) {
    JsonNode node = json(key);
    if (!node.isObject()) {
      throw wrong(key, "an object {..}");
    }
    return new HubConfig(file, prefix + fields.resolve(key) + ".", FieldNames.plain(node));
  }

  /**
   * Returns a nested object as a configuration with the defaults and aliases of a family.
   *
   * @param inherited fields of this object that replace those of the nested one
   */
  public HubConfig part(String key, ModelFamily family, String... inherited) {
    JsonNode node = FieldNames.inherited(part(key).fields.root(), fields.root(), inherited);
    read.addAll(List.of(inherited));
    HubConfig part = new HubConfig(file, prefix + key + ".", FieldNames.plain(node)).of(family);
    parts.add(part);
    return part;
  }

  /** Returns an empty configuration, for a nested object that is absent. */
  HubConfig empty() {
    return of(file, JsonNodeFactory.instance.objectNode());
  }

  /** Returns a field without marking it as read, or a missing node if the file does not have it. */
  JsonNode peek(String key) {
    return fields.root().path(key);
  }

  boolean isRead(String key) {
    return read.contains(key);
  }

  /** Returns whether there are no fields. */
  boolean isEmpty() {
    return fields.root().isEmpty();
  }

  /**
   * Returns an error about this file.
   *
   * @param problem the predicate of a sentence that states the problem and the fix
   */
  public DataFormatException fault(String problem) {
    return new DataFormatException(file, problem);
  }

  /** Returns whether the field or its default has a value other than null. */
  public boolean has(String key) {
    read.add(fields.resolve(key));
    JsonNode value = fields.value(key);
    return value != null && !value.isNull();
  }

  /** Returns the field as JSON of any type. */
  public JsonNode json(String key) {
    read.add(fields.resolve(key));
    JsonNode value = fields.value(key);
    if (value == null) {
      throw fault("is missing the field %s%s; add it".formatted(prefix, key));
    }
    return value;
  }

  private DataFormatException wrong(String key, String wanted) {
    return fault(
        "has %s%s = %s; use %s"
            .formatted(prefix, fields.resolve(key), FieldNames.clipped(json(key)), wanted));
  }

  /** Returns a string. */
  public String text(String key) {
    if (!json(key).isTextual()) {
      throw wrong(key, "a string");
    }
    return json(key).textValue();
  }

  /** Returns a string, or a fallback if the field is absent or null. */
  public String text(String key, String fallback) {
    return has(key) ? text(key) : fallback;
  }

  /** Returns an integer that is at least {@code min}. */
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

  /** Returns an integer, or a fallback if the field is absent or null. */
  public int integerOr(String key, int min, int fallback) {
    return has(key) ? integer(key, min) : fallback;
  }

  /**
   * Returns a size that the tensors reflect: an axis length or a number of experts, heads or
   * layers. It is compared with the files before any memory is allocated.
   */
  public int size(String key, int min) {
    int max = key.equals("vocab_size") ? MAX_SIZE << 4 : MAX_SIZE;
    int size = integer(key, min, max);
    if (fields.root().has(fields.resolve(key))) {
      sizes.put(fields.resolve(key), size);
    }
    return size;
  }

  /** Returns a number that is finite as a float32. */
  public double number(String key) {
    JsonNode node = json(key);
    if (!node.isNumber() || !Float.isFinite(node.floatValue())) {
      throw wrong(key, "a finite float32");
    }
    return node.doubleValue();
  }

  /** Returns a number that is finite as a float32, or a fallback if the field is absent or null. */
  public double numberOr(String key, double fallback) {
    return has(key) ? number(key) : fallback;
  }

  /** Returns a number above 0 that is finite as a float32. */
  public double positive(String key) {
    double number = number(key);
    if (number <= 0) {
      throw wrong(key, "a number above 0");
    }
    return number;
  }

  /** Returns a boolean; false if the field is null or is absent and has no default. */
  public boolean flag(String key) {
    if (has(key) && !json(key).isBoolean()) {
      throw wrong(key, "true or false");
    }
    return has(key) && json(key).booleanValue();
  }

  /** Rejects any value of an optional field other than the one that is implemented. */
  public void only(String key, String implemented) {
    if (has(key) && !FieldNames.isValue(json(key), implemented)) {
      throw wrong(key, implemented + ", the only implemented value");
    }
  }

  /** Marks fields as ignored: they do not affect the logits of this family at any value. */
  public void ignore(String... keys) {
    read.addAll(Set.of(keys));
  }

  /**
   * Rejects fields that have not been read and are not known to be ignored safely.
   *
   * @see HarmlessFields
   */
  void refuseUnread() {
    parts.forEach(HubConfig::refuseUnread);
    for (Map.Entry<String, JsonNode> field : fields.root().properties()) {
      String key = field.getKey();
      if (!read.contains(key) && !HarmlessFields.covers(key, field.getValue())) {
        throw fault(
            ("has %s%s = %s, a field that is not implemented and may affect the logits; remove it"
                    + " if it does not")
                .formatted(prefix, key, FieldNames.clipped(field.getValue())));
      }
    }
  }

  /** Returns the sizes that have been read, keyed by their names in the file. */
  ImmutableMap<String, Integer> sizes() {
    ImmutableMap.Builder<String, Integer> all = ImmutableMap.builder();
    parts.forEach(part -> all.putAll(part.sizes()));
    return all.putAll(sizes).buildKeepingLast();
  }
}
