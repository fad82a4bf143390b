package org.jmoe.data.parquet;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * Converts Parquet types to Arrow types. Supports three-level lists, as specified, and the two- and
 * one-level lists of older writers.
 */
final class ParquetTypes {
  private ParquetTypes() {}

  static Schema arrow(MessageType message) {
    List<Field> fields = new ArrayList<>();
    for (Type type : message.getFields()) {
      fields.add(field(type));
    }
    return new Schema(fields);
  }

  private static Field field(Type type) {
    PrimitiveType element = element(type);
    if (element != null) {
      return list(type.getName(), primitive(element));
    }
    return field(
        type.getName(),
        type.isPrimitive() ? primitive(type.asPrimitiveType()) : new ArrowType.Struct());
  }

  private static Field field(String name, ArrowType type) {
    return new Field(name, FieldType.nullable(type), null);
  }

  private static Field list(String name, ArrowType element) {
    return new Field(
        name, FieldType.nullable(new ArrowType.List()), List.of(field("element", element)));
  }

  /** Returns the element type of a list of primitive values, or null for other types. */
  private static @Nullable PrimitiveType element(Type type) {
    if (type.isRepetition(Type.Repetition.REPEATED)) {
      return type.isPrimitive() ? type.asPrimitiveType() : null;
    }
    Type repeated = type.isPrimitive() ? null : only(type.asGroupType());
    if (repeated == null || !repeated.isRepetition(Type.Repetition.REPEATED)) {
      return null;
    }
    if (repeated.isPrimitive()) {
      return repeated.asPrimitiveType();
    }
    Type element = only(repeated.asGroupType());
    return element == null
            || !element.isPrimitive()
            || element.isRepetition(Type.Repetition.REPEATED)
        ? null
        : element.asPrimitiveType();
  }

  private static @Nullable Type only(GroupType group) {
    return group.getFieldCount() == 1 ? group.getType(0) : null;
  }

  private static ArrowType primitive(PrimitiveType type) {
    @Nullable LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    return switch (type.getPrimitiveTypeName()) {
      case INT32 -> integer(logical, 32);
      case INT64 -> integer(logical, 64);
      case BOOLEAN -> new ArrowType.Bool();
      case FLOAT -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
      case DOUBLE -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
      case INT96 -> new ArrowType.Timestamp(TimeUnit.NANOSECOND, null);
      case BINARY -> isText(logical) ? new ArrowType.Utf8() : new ArrowType.Binary();
      case FIXED_LEN_BYTE_ARRAY -> new ArrowType.Binary();
    };
  }

  private static ArrowType integer(@Nullable LogicalTypeAnnotation logical, int bits) {
    if (logical == null) {
      return new ArrowType.Int(bits, true);
    }
    if (logical instanceof IntLogicalTypeAnnotation integer) {
      return new ArrowType.Int(integer.getBitWidth(), integer.isSigned());
    }
    return bits == 32
        ? new ArrowType.Date(
            DateUnit.DAY) // or a time of day, or a decimal; none of them are tokens
        : new ArrowType.Timestamp(TimeUnit.MICROSECOND, null);
  }

  private static boolean isText(@Nullable LogicalTypeAnnotation logical) {
    return logical != null
        && (logical.equals(LogicalTypeAnnotation.stringType())
            || logical.equals(LogicalTypeAnnotation.enumType())
            || logical.equals(LogicalTypeAnnotation.jsonType()));
  }
}
