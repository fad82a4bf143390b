package org.jmoe.io.arrow;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jmoe.io.DataFormatException;

/**
 * The relevant columns of an Arrow file.
 *
 * @param main column of the tokens or the text
 * @param domain column of the domain label of each row
 * @param split column that marks held-out rows
 * @param masks list columns that mask tokens, such as {@code attention_mask}
 */
public record ArrowColumns(
    Field main, Optional<Field> domain, Optional<Field> split, ImmutableList<Field> masks) {
  /** Names of mask columns. */
  static final ImmutableSet<String> MASKS =
      ImmutableSet.of(
          "attention_mask", "labels", "loss_mask", "assistant_masks", "completion_mask");

  static final ImmutableList<String> TOKENS = ImmutableList.of("input_ids", "ids", "tokens");
  static final ImmutableList<String> DOMAINS =
      ImmutableList.of("domain", "source", "subset", "dataset", "lang", "language");

  /** Finds the token column: by name, or the only list of integers, or the only integer column. */
  public static ArrowColumns ofTokens(Path file, Schema schema) {
    Field tokens =
        named(schema, TOKENS, f -> isList(f) || isInteger(f))
            .or(() -> only(schema, ArrowColumns::isList))
            .or(
                () ->
                    only(
                        schema,
                        f ->
                            isInteger(f)
                                && schema.getFields().stream().noneMatch(ArrowColumns::isList)))
            .orElseThrow(
                () ->
                    new DataFormatException(
                        file,
                        ("has no token column among its columns %s; rename the list of integers to"
                                + " input_ids, ids or tokens, or tokenize a text column with jmoe data"
                                + " build")
                            .formatted(describe(schema))));
    return of(file, schema, tokens, DOMAINS);
  }

  /** Finds the text column: the specified one, or the only text column that is not a label. */
  public static ArrowColumns ofText(
      Path file, Schema schema, String textField, List<String> domainFields) {
    Field text =
        named(schema, List.of(textField), ArrowColumns::isText)
            .or(() -> only(schema, f -> isText(f) && !domainFields.contains(f.getName())))
            .orElseThrow(
                () ->
                    new DataFormatException(
                        file,
                        "has no text column %s among its columns %s; specify it with --text-field"
                            .formatted(textField, describe(schema))));
    return of(file, schema, text, domainFields);
  }

  private static ArrowColumns of(Path file, Schema schema, Field main, List<String> domainFields) {
    Predicate<Field> label = f -> (isText(f) || isInteger(f)) && !f.equals(main);
    Optional<Field> domain = named(schema, domainFields, label);
    boolean lists = isList(main);
    return new ArrowColumns(
        main,
        domain,
        named(schema, List.of("split"), label),
        schema.getFields().stream()
            .filter(field -> lists && MASKS.contains(field.getName()))
            .peek(field -> checkMask(file, field))
            .collect(ImmutableList.toImmutableList()));
  }

  private static void checkMask(Path file, Field field) {
    if (!isList(field)) {
      throw new DataFormatException(
          file,
          "has the column %s, which is not a list of integers; cast it or remove it"
              .formatted(describe(field)));
    }
  }

  /** Returns these columns in schema order, which is the order of their buffers. */
  public ImmutableList<Field> wanted(Schema schema) {
    return schema.getFields().stream()
        .filter(
            f ->
                f.equals(main)
                    || domain.filter(f::equals).isPresent()
                    || split.filter(f::equals).isPresent()
                    || masks.contains(f))
        .collect(ImmutableList.toImmutableList());
  }

  /** Returns the columns and their types in one line. */
  public static String describe(Schema schema) {
    List<String> columns = schema.getFields().stream().map(ArrowColumns::describe).toList();
    return columns.isEmpty() ? "(none)" : String.join(", ", columns);
  }

  private static String describe(Field field) {
    String type = TypeNames.of(field);
    return field.getName()
        + ": "
        + (field.getDictionary() == null ? type : "dictionary<" + type + ">");
  }

  private static Optional<Field> named(Schema schema, List<String> names, Predicate<Field> fits) {
    for (String name : names) {
      for (Field field : schema.getFields()) {
        if (name.equals(field.getName()) && fits.test(field)) {
          return Optional.of(field);
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Field> only(Schema schema, Predicate<Field> fits) {
    List<Field> fields = schema.getFields().stream().filter(fits).toList();
    return fields.size() == 1 ? Optional.of(fields.get(0)) : Optional.empty();
  }

  /** Returns whether the field contains integers. */
  public static boolean isInteger(Field field) {
    return field.getType() instanceof ArrowType.Int && field.getDictionary() == null;
  }

  static boolean isList(Field field) {
    ArrowType type = field.getType();
    boolean list =
        type instanceof ArrowType.List
            || type instanceof ArrowType.LargeList
            || type instanceof ArrowType.FixedSizeList
            || type instanceof ArrowType.ListView
            || type instanceof ArrowType.LargeListView;
    return list
        && field.getDictionary() == null
        && field.getChildren().size() == 1
        && isInteger(field.getChildren().get(0));
  }

  static boolean isText(Field field) {
    return field.getType() instanceof ArrowType.Utf8
        || field.getType() instanceof ArrowType.LargeUtf8
        || field.getType() instanceof ArrowType.Utf8View;
  }
}
