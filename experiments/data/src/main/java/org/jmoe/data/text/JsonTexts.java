package org.jmoe.data.text;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.google.common.collect.ImmutableList;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jmoe.data.files.ByteLines;
import org.jmoe.data.text.TextSource.Fields;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;
import org.jspecify.annotations.Nullable;

/**
 * Documents in JSON: JSON lines, an array of records, or concatenated records, with fields for text
 * and domain. In JSON lines, a malformed record does not affect the others.
 */
final class JsonTexts {
  private static final int PEEK = 1 << 16;
  private static final int MAX_FAULTS = 1000; // malformed records before the first good one

  private final String place;
  private final String name;
  private final String domain;
  private final Fields fields;
  private final TextVisitor visitor;
  private final ObjectReader reader = Json.records().readerFor(JsonNode.class);
  private final List<DataFormatException> faults = new ArrayList<>(); // before the first good one
  private boolean good;
  private long row;

  /**
   * Creates a reader.
   *
   * @param place location of the stream, for messages
   * @param name name of the stream, used in the names of documents
   * @param domain domain of records without one
   */
  JsonTexts(String place, String name, String domain, Fields fields, TextVisitor visitor) {
    this.place = place;
    this.name = name;
    this.domain = domain;
    this.fields = fields;
    this.visitor = visitor;
  }

  /** Reads all records; if no record has text, returns the problem. */
  Optional<String> read(InputStream utf8) throws IOException {
    BufferedInputStream in = new BufferedInputStream(utf8, PEEK);
    in.mark(PEEK);
    byte[] head = in.readNBytes(PEEK);
    in.reset();
    String begin = new String(head, StandardCharsets.UTF_8).stripLeading();
    try {
      if (begin.isEmpty()) {
        return Optional.of("is empty");
      }
      if (begin.startsWith("[")) {
        array(in);
      } else if (spansLines(begin)) {
        sequence(in);
      } else {
        lines(in);
      }
    } catch (Undecided e) {
      return Optional.of(e.getMessage());
    }
    return good || faults.isEmpty() ? Optional.empty() : Optional.of(reason(faults.get(0)));
  }

  // A pretty-printed object: the first line is incomplete, and the second does not start an object.
  private boolean spansLines(String begin) throws IOException {
    List<String> two = begin.lines().filter(l -> !l.isBlank()).limit(2).toList();
    try {
      reader.readTree(two.get(0));
      return false;
    } catch (JsonEOFException e) {
      return two.size() == 2 && !two.get(1).startsWith("{");
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  private void lines(InputStream in) throws IOException {
    ByteLines lines = new ByteLines(in);
    for (byte @Nullable [] line = lines.next(); line != null; line = lines.next()) {
      if (lines.tooLong()) {
        fault(
            "has more than %d bytes in line %d; split it"
                .formatted(Utf8Text.MAX_BYTES, lines.line()),
            null);
        continue;
      }
      try (MappingIterator<JsonNode> records = reader.readValues(line)) {
        while (records.hasNextValue()) {
          record(records.nextValue(), lines.line());
        }
      } catch (JsonProcessingException e) {
        int column = e.getLocation() == null ? 1 : e.getLocation().getColumnNr();
        fault(
            "is malformed JSON at line %d, column %d: %s"
                .formatted(lines.line(), column, Json.reason(e)),
            e);
      }
    }
  }

  private void sequence(InputStream in) throws IOException {
    try (MappingIterator<JsonNode> records = reader.readValues(in)) {
      while (records.hasNextValue()) {
        record(records.nextValue(), records.getCurrentLocation().getLineNr());
      }
    } catch (JsonProcessingException e) {
      throw malformed(e);
    }
  }

  private void array(InputStream in) throws IOException {
    try (JsonParser parser = reader.createParser(in)) {
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        JsonNode record = reader.readTree(parser);
        record(record, parser.currentLocation().getLineNr());
      }
      if (parser.nextToken() != null) {
        throw new JsonParseException(parser, "unexpected content after the array");
      }
    } catch (JsonProcessingException e) {
      throw malformed(e);
    }
  }

  private DataFormatException malformed(JsonProcessingException e) {
    int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
    return new DataFormatException(
        place,
        "is malformed JSON at line %d: %s; repair the file, as no record after this line can be read"
            .formatted(line, Json.reason(e)),
        e);
  }

  private void record(JsonNode record, long line) {
    JsonNode text = record.isTextual() ? record : record.path(fields.text());
    if (!text.isTextual()) {
      fault(missing(record, text, line), null);
      return;
    }
    if (!good) {
      good = true;
      faults.forEach(visitor::badRecord);
      faults.clear();
    }
    long size = text.textValue().length();
    visitor.document(new Document(name + ":" + row++, domain(record), text.textValue(), size));
  }

  private String missing(JsonNode record, JsonNode text, long line) {
    if (!record.isObject()) {
      return "has a record without fields at line %d; use an object {..} or a string"
          .formatted(line);
    }
    return text.isMissingNode()
        ? "has no text in field '%s' at line %d, which has the fields %s; specify the field with --text-field"
            .formatted(fields.text(), line, ImmutableList.copyOf(record.fieldNames()))
        : "has no string in field '%s' at line %d, but %s; use one record per text"
            .formatted(fields.text(), line, kind(text));
  }

  private static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      case NULL -> "null";
      case BOOLEAN -> "a boolean";
      default -> "a number";
    };
  }

  private void fault(String problem, @Nullable Throwable cause) {
    DataFormatException fault =
        cause == null
            ? new DataFormatException(place, problem)
            : new DataFormatException(place, problem, cause);
    row++; // keeps the names of later records
    if (good || visitor.strict()) {
      visitor.badRecord(fault);
    } else if (faults.size() < MAX_FAULTS) {
      faults.add(fault);
    } else {
      throw new Undecided(reason(faults.get(0)));
    }
  }

  private String reason(DataFormatException fault) {
    return fault.getMessage().substring(place.length() + 1).replaceAll("[.]$", "");
  }

  private String domain(JsonNode record) {
    for (String field : fields.domain()) {
      JsonNode value = record.path(field);
      if (value.isValueNode() && !value.isNull()) {
        return value.asText();
      }
    }
    return domain;
  }

  /** Stops reading a file without any good record. */
  private static final class Undecided extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Undecided(String reason) {
      super(reason, null, false, false);
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }
}
