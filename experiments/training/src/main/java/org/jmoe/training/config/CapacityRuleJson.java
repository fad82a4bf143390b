package org.jmoe.training.config;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import org.jmoe.extension.Extensions;
import org.jmoe.plan.CapacityRule;
import org.jmoe.plan.PublishedCapacity;
import org.jspecify.annotations.Nullable;

/** JSON form of a {@link CapacityRule}: a published rule is a name, others are typed objects. */
final class CapacityRuleJson {
  private static final String TYPE = "type";

  private CapacityRuleJson() {}

  static Module module(Extensions extensions) {
    return new SimpleModule("capacity rules")
        .addSerializer(CapacityRule.class, new Writer(extensions))
        .addDeserializer(CapacityRule.class, new Reader(extensions));
  }

  private static final class Writer extends JsonSerializer<CapacityRule> {
    private final Extensions extensions;

    Writer(Extensions extensions) {
      this.extensions = extensions;
    }

    @Override
    public void serialize(CapacityRule rule, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      if (rule instanceof PublishedCapacity published) {
        out.writeString(published.name());
        return;
      }
      out.writeStartObject();
      out.writeStringField(TYPE, extensions.name(CapacityRule.class, rule.getClass()));
      for (RecordComponent component : rule.getClass().getRecordComponents()) {
        out.writeFieldName(component.getName());
        provider.defaultSerializeValue(value(rule, component, out), out);
      }
      out.writeEndObject();
    }

    private static @Nullable Object value(
        CapacityRule rule, RecordComponent component, JsonGenerator out)
        throws JsonMappingException {
      try {
        component.getAccessor().setAccessible(true); // the record may be private
        return component.getAccessor().invoke(rule);
      } catch (ReflectiveOperationException | RuntimeException e) {
        throw JsonMappingException.from(out, "cannot read " + component, e);
      }
    }
  }

  private static final class Reader extends JsonDeserializer<CapacityRule> {
    private final Extensions extensions;

    Reader(Extensions extensions) {
      this.extensions = extensions;
    }

    @Override
    public CapacityRule deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      if (in.currentToken() != JsonToken.START_OBJECT) {
        return context.readValue(in, PublishedCapacity.class);
      }
      ObjectNode tree = (ObjectNode) context.readTree(in);
      @Nullable String name = tree.path(TYPE).textValue();
      tree.remove(TYPE);
      Class<?> type = name == null ? null : extensions.types(CapacityRule.class).get(name);
      if (type == null) {
        throw InvalidTypeIdException.from(
            in, "unknown type", context.constructType(CapacityRule.class), name);
      }
      return (CapacityRule) context.readTreeAsValue(tree, type);
    }
  }
}
