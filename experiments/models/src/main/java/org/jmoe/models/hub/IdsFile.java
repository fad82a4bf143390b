package org.jmoe.models.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.file.Path;
import java.util.Map;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.JsonFiles;

/**
 * Token ids from a JSON file of the form {@code {"ids": [[..], ..], "mask": [[..], ..]}}. The names
 * {@code input_ids} and {@code attention_mask} of Transformers are accepted too, and so is a plain
 * list of ids.
 *
 * @param ids (B, S)
 * @param mask (B, S), 1 for tokens and 0 for padding; empty if not given
 */
public record IdsFile(
    ImmutableList<ImmutableLongArray> ids, ImmutableList<ImmutableLongArray> mask) {
  private static final ImmutableSet<String> IDS = ImmutableSet.of("ids", "input_ids");
  private static final ImmutableSet<String> MASK = ImmutableSet.of("mask", "attention_mask");

  /**
   * Reads a file.
   *
   * @param vocabulary vocabulary size; ids must be in [0, vocabulary)
   * @throws DataFormatException if it has any other content
   */
  public static IdsFile read(Path file, int vocabulary) {
    JsonNode root = JsonFiles.parse(file);
    JsonNode ids = root.isObject() ? field(file, root, IDS) : root;
    JsonNode mask = root.isObject() ? field(file, root, MASK) : root.path("mask");
    if (root.isObject()) {
      for (Map.Entry<String, JsonNode> field : root.properties()) {
        if (!IDS.contains(field.getKey()) && !MASK.contains(field.getKey())) {
          throw new DataFormatException(
              file, "has the unknown field %s; use ids and mask".formatted(field.getKey()));
        }
      }
    }
    ImmutableList<ImmutableLongArray> rows = rows(file, "ids", ids, vocabulary);
    if (mask.isMissingNode() || mask.isNull()) {
      return new IdsFile(rows, ImmutableList.of());
    }
    ImmutableList<ImmutableLongArray> masks = rows(file, "mask", mask, 2);
    if (masks.size() != rows.size() || masks.get(0).length() != rows.get(0).length()) {
      throw new DataFormatException(
          file,
          "has a mask of shape %d x %d for ids of shape %d x %d; use the same shape"
              .formatted(masks.size(), masks.get(0).length(), rows.size(), rows.get(0).length()));
    }
    return new IdsFile(rows, masks);
  }

  private static JsonNode field(Path file, JsonNode root, ImmutableSet<String> names) {
    long given = names.stream().filter(root::has).count();
    if (given > 1) {
      throw new DataFormatException(
          file, "has both fields %s, which mean the same; remove one of them".formatted(names));
    }
    return names.stream().filter(root::has).findFirst().map(root::get).orElse(root.path(""));
  }

  private static ImmutableList<ImmutableLongArray> rows(
      Path file, String what, JsonNode node, int limit) {
    if (!node.isArray() || node.isEmpty()) {
      throw new DataFormatException(
          file, "has no %s; add a list of rows of integers".formatted(what));
    }
    if (!node.get(0).isArray()) {
      return ImmutableList.of(row(file, what, 0, node, limit));
    }
    ImmutableList.Builder<ImmutableLongArray> rows = ImmutableList.builder();
    for (int i = 0; i < node.size(); i++) {
      if (node.get(i).size() != node.get(0).size()) {
        throw new DataFormatException(
            file,
            "has %d %s in row %d but %d in row 0; pad the rows to the same length and add a mask"
                .formatted(node.get(i).size(), what, i, node.get(0).size()));
      }
      rows.add(row(file, what, i, node.get(i), limit));
    }
    return rows.build();
  }

  private static ImmutableLongArray row(Path file, String what, int row, JsonNode node, int limit) {
    if (!node.isArray() || node.isEmpty()) {
      throw new DataFormatException(
          file, "has no %s in row %d; add a list of integers".formatted(what, row));
    }
    ImmutableLongArray.Builder numbers = ImmutableLongArray.builder(node.size());
    for (int i = 0; i < node.size(); i++) {
      JsonNode number = node.get(i);
      long value = number.isBoolean() ? (number.booleanValue() ? 1 : 0) : number.asLong(-1);
      boolean whole =
          number.isBoolean() || (number.isIntegralNumber() && number.canConvertToLong());
      if (!whole || value < 0 || value >= limit) {
        throw new DataFormatException(
            file,
            "has %s in %s at row %d, position %d; use an integer in [0, %d)"
                .formatted(number, what, row, i, limit));
      }
      numbers.add(value);
    }
    return numbers.build();
  }
}
