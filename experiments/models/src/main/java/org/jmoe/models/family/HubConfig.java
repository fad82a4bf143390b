package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.JsonFiles;

/**
 * A {@code config.json}, of which every field is read or refused: a switch that is passed over
 * would give other numbers without a word.
 */
public final class HubConfig {
  /** Fields that change no number of a forward pass in evaluation. */
  private static final ImmutableSet<String> HARMLESS =
      ImmutableSet.of(
          "_attn_implementation_autoset",
          "_commit_hash",
          "_name_or_path",
          "attention_dropout",
          "attn_implementation",
          "auto_map",
          "bos_token_id",
          "chunk_size_feed_forward",
          "dtype",
          "eos_token_id",
          "finetuning_task",
          "id2label",
          "initializer_range",
          "keys_to_ignore_at_inference",
          "label2id",
          "output_attentions",
          "output_hidden_states",
          "output_router_logits",
          "pad_token_id",
          "pretraining_tp",
          "problem_type",
          "return_dict",
          "router_aux_loss_coef",
          "router_jitter_noise",
          "task_specific_params",
          "tokenizer_class",
          "torch_dtype",
          "torchscript",
          "transformers_version",
          "use_cache",
          "use_flash_attn");

  private final Path file;
  private final JsonNode root;
  private final Set<String> read = new HashSet<>();

  private HubConfig(Path file, JsonNode root) {
    this.file = file;
    this.root = root;
  }

  /** Reads the configuration of a folder. */
  public static HubConfig open(Path folder) {
    Path file = folder.resolve("config.json");
    JsonNode root = JsonFiles.parse(file);
    if (!root.isObject()) {
      throw new DataFormatException(file, "is no JSON object; it holds a model's configuration");
    }
    return new HubConfig(file, root);
  }

  /** A configuration at hand, named by the file that it will be. */
  public static HubConfig of(Path file, JsonNode root) {
    return new HubConfig(file, root);
  }

  /** A part of the configuration, read by itself. */
  HubConfig part(JsonNode node) {
    return new HubConfig(file, node);
  }

  Path file() {
    return file;
  }

  DataFormatException fault(String problem) {
    return new DataFormatException(file, problem);
  }

  /** Whether the field is there and not null; counts as read. */
  boolean has(String key) {
    read.add(key);
    return root.hasNonNull(key);
  }

  /** The field as it stands. */
  JsonNode node(String key) {
    if (!has(key)) {
      throw fault("lacks the field %s".formatted(key));
    }
    return root.get(key);
  }

  private DataFormatException wrong(String key, String wanted) {
    return fault("has %s = %s, where %s is needed".formatted(key, root.get(key), wanted));
  }

  String text(String key) {
    JsonNode node = node(key);
    if (!node.isTextual()) {
      throw wrong(key, "a text");
    }
    return node.textValue();
  }

  String text(String key, String otherwise) {
    return has(key) ? text(key) : otherwise;
  }

  /** A whole number of at least the given. */
  int whole(String key, int least) {
    JsonNode node = node(key);
    boolean whole = node.isIntegralNumber() || (node.isDouble() && node.asDouble() % 1 == 0);
    double value = node.asDouble();
    if (!whole || value < least || value > Integer.MAX_VALUE) {
      throw wrong(key, "a whole number of at least " + least);
    }
    return (int) value;
  }

  int whole(String key, int least, int otherwise) {
    return has(key) ? whole(key, least) : otherwise;
  }

  double number(String key) {
    JsonNode node = node(key);
    if (!node.isNumber()) {
      throw wrong(key, "a number");
    }
    return node.doubleValue();
  }

  double number(String key, double otherwise) {
    return has(key) ? number(key) : otherwise;
  }

  boolean flag(String key, boolean otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    if (!root.get(key).isBoolean()) {
      throw wrong(key, "true or false");
    }
    return root.get(key).booleanValue();
  }

  /** Refuses any value but one that is implemented; a field that is not there is fine. */
  void only(String key, String implemented) {
    if (has(key) && !isValue(root.get(key), implemented)) {
      throw wrong(key, "%s, the only value that is implemented,".formatted(implemented));
    }
  }

  private static boolean isValue(JsonNode node, String text) {
    return node.isNumber()
        ? node.doubleValue() == Double.parseDouble(text)
        : node.asText().equals(text);
  }

  /** Takes down that fields are known and change nothing. */
  void harmless(String... keys) {
    read.addAll(Set.of(keys));
  }

  /** Refuses a configuration of another class of models. */
  void requireArchitecture(String name) {
    only("is_encoder_decoder", "false");
    if (!has("architectures")) {
      return;
    }
    JsonNode names = root.get("architectures");
    if (names.size() != 1 || !names.path(0).asText().equals(name)) {
      throw wrong("architectures", "[\"%s\"]".formatted(name));
    }
  }

  /** Refuses what no one has read: it may be a switch that changes results. */
  void refuseUnread() {
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      String key = field.getKey();
      if (!read.contains(key) && !HARMLESS.contains(key) && !field.getValue().isNull()) {
        throw fault(
            String.format(
                Locale.ROOT,
                "has the field %s = %s, which is not implemented and may change results;"
                    + " remove it if it does not",
                key,
                clipped(field.getValue())));
      }
    }
  }

  private static String clipped(JsonNode node) {
    String text = node.toString();
    return text.length() > 80 ? text.substring(0, 80) + ".." : text;
  }
}
