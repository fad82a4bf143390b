package org.jmoe.io.arrow;

import java.util.Locale;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/** Short names of Arrow types, as printed by other Arrow implementations. */
final class TypeNames {
  private TypeNames() {}

  public static String of(Field field) {
    ArrowType type = field.getType();
    if (type instanceof ArrowType.Int integer) {
      return (integer.getIsSigned() ? "int" : "uint") + integer.getBitWidth();
    }
    if (type instanceof ArrowType.Utf8) {
      return "string";
    }
    if (type instanceof ArrowType.LargeUtf8) {
      return "large_string";
    }
    if (type instanceof ArrowType.Utf8View) {
      return "string_view";
    }
    if (field.getChildren().size() == 1) {
      String child = of(field.getChildren().get(0));
      if (type instanceof ArrowType.List) {
        return "list<" + child + ">";
      }
      if (type instanceof ArrowType.LargeList) {
        return "large_list<" + child + ">";
      }
      if (type instanceof ArrowType.ListView) {
        return "list_view<" + child + ">";
      }
      if (type instanceof ArrowType.LargeListView) {
        return "large_list_view<" + child + ">";
      }
      if (type instanceof ArrowType.FixedSizeList fixed) {
        return "fixed_size_list<" + child + ">[" + fixed.getListSize() + "]";
      }
    }
    return type.getTypeID().name().toLowerCase(Locale.ROOT);
  }
}
