package org.jmoe.training.config;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedParameter;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import java.lang.reflect.RecordComponent;
import org.jspecify.annotations.Nullable;

/** Refuses null for the parts of a record, and for elements of lists, that are not nullable. */
final class RequiredParts extends JacksonAnnotationIntrospector {
  private static final long serialVersionUID = 1;

  @Override
  public JsonSetter.Value findSetterInfo(Annotated part) {
    return JsonSetter.Value.construct(isNullable(part) ? Nulls.SET : Nulls.FAIL, Nulls.FAIL);
  }

  private static boolean isNullable(Annotated part) {
    if (part instanceof AnnotatedParameter parameter) {
      RecordComponent[] parts = parameter.getDeclaringClass().getRecordComponents();
      return parts == null
          || parts[parameter.getIndex()].getAnnotatedType().isAnnotationPresent(Nullable.class);
    }
    return true; // a field or an accessor, which JSON is not read into
  }
}
