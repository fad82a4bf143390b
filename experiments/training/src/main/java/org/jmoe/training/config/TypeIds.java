package org.jmoe.training.config;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.DatabindContext;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.KeyDeserializer;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.annotation.JsonTypeIdResolver;
import com.fasterxml.jackson.databind.cfg.HandlerInstantiator;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.jsontype.TypeIdResolver;
import com.fasterxml.jackson.databind.jsontype.TypeResolverBuilder;
import com.fasterxml.jackson.databind.jsontype.impl.TypeIdResolverBase;
import org.jmoe.extension.Extensions;
import org.jspecify.annotations.Nullable;

/** Resolves {@code "type"} in JSON: the name under which an extension registered a type. */
public final class TypeIds extends TypeIdResolverBase {
  /** Annotations mixed into every extensible interface. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.CUSTOM, property = "type")
  @JsonTypeIdResolver(TypeIds.class)
  public interface Typed {}

  private final Extensions extensions;
  private @Nullable JavaType base;

  private TypeIds(Extensions extensions) {
    this.extensions = extensions;
  }

  @Override
  public void init(JavaType type) {
    base = type;
  }

  private Class<?> kind() {
    if (base == null) {
      throw new IllegalStateException("type resolver is not initialized");
    }
    Class<?> type = base.getRawClass(); // the value's class if no field declares the interface
    return extensions.kinds().stream()
        .filter(kind -> kind.isAssignableFrom(type))
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException(type + " does not implement an extensible interface"));
  }

  @Override
  public String idFromValue(Object value) {
    return extensions.name(kind(), value.getClass());
  }

  @Override
  public String idFromValueAndType(Object value, Class<?> suggested) {
    return extensions.name(kind(), suggested);
  }

  @Override
  public @Nullable JavaType typeFromId(DatabindContext context, String id) {
    Class<?> type = extensions.types(kind()).get(id);
    return type == null ? null : context.constructSpecializedType(base, type);
  }

  @Override
  public JsonTypeInfo.Id getMechanism() {
    return JsonTypeInfo.Id.CUSTOM;
  }

  /** Passes the extensions to the resolvers, which Jackson instantiates by class. */
  public static HandlerInstantiator of(Extensions extensions) {
    return new HandlerInstantiator() {
      @Override
      public @Nullable TypeIdResolver typeIdResolverInstance(
          MapperConfig<?> config, Annotated annotated, Class<?> type) {
        return type == TypeIds.class ? new TypeIds(extensions) : null;
      }

      @Override
      public @Nullable JsonDeserializer<?> deserializerInstance(
          DeserializationConfig config, Annotated annotated, Class<?> type) {
        return null;
      }

      @Override
      public @Nullable KeyDeserializer keyDeserializerInstance(
          DeserializationConfig config, Annotated annotated, Class<?> type) {
        return null;
      }

      @Override
      public @Nullable JsonSerializer<?> serializerInstance(
          SerializationConfig config, Annotated annotated, Class<?> type) {
        return null;
      }

      @Override
      public @Nullable TypeResolverBuilder<?> typeResolverBuilderInstance(
          MapperConfig<?> config, Annotated annotated, Class<?> type) {
        return null;
      }
    };
  }
}
