package org.jmoe.data.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;

/** JSON lines: one object a document, its text and label in named fields. */
record JsonLines(Path file, Fields fields) implements TextSource {
  @Override
  public long size() {
    return new FileText(file, "").size();
  }

  @Override
  public void read(Consumer<Document> documents) {
    long row = 0;
    try (MappingIterator<JsonNode> objects =
        Json.mapper().readerFor(JsonNode.class).readValues(file.toFile())) {
      while (objects.hasNextValue()) {
        JsonNode object = objects.nextValue();
        JsonNode text = object.path(fields.text());
        if (!text.isTextual()) {
          throw new DataFormatException(
              file,
              "has no text in the field '%s' of line %d; name the field with --text-field"
                  .formatted(fields.text(), objects.getCurrentLocation().getLineNr()));
        }
        String name = file.getFileName() + ":" + row++;
        long size = text.textValue().length();
        documents.accept(new Document(name, domain(object), text.textValue(), size));
      }
    } catch (JsonProcessingException e) {
      throw Json.malformed(file, e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private String domain(JsonNode object) {
    for (String name : fields.domain()) {
      JsonNode value = object.path(name);
      if (value.isValueNode() && !value.isNull()) {
        return value.asText();
      }
    }
    return TextSource.stem(file);
  }
}
