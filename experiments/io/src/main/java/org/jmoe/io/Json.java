package org.jmoe.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Mappers for JSON, and parsing from untrusted sources with limits on depth and size. {@code
 * run.json} has a mapper of its own, which knows the types that extensions contribute.
 */
public final class Json {
  private static final long MAX_BYTES = 1L << 28; // large tokenizer files have tens of megabytes
  private static final int MAX_DEPTH = 64;

  private Json() {}

  /** Returns a mapper that rejects duplicate keys and deep nesting. */
  public static ObjectMapper mapper() {
    return strict(MAX_DEPTH).build();
  }

  /**
   * Returns a mapper of records one after another that also accepts NaN and Infinity, as written by
   * Python.
   */
  public static ObjectMapper records() {
    return strict(MAX_DEPTH)
        .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
        .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .build();
  }

  /** Returns a mapper for what jmoe itself writes, on one line. */
  public static ObjectMapper plain() {
    return JsonMapper.builder().build();
  }

  /** Returns a mapper that writes files for people, indented. */
  public static ObjectMapper indented() {
    return JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
  }

  /** Returns a builder of mappers that reject duplicate keys and nesting beyond a depth. */
  public static JsonMapper.Builder strict(int depth) {
    StreamReadConstraints limits =
        StreamReadConstraints.builder().maxNestingDepth(depth).maxStringLength(1 << 28).build();
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(limits)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();
    return JsonMapper.builder(factory).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  /** Parses a file. */
  public static JsonNode parse(Path file) {
    return parse(file, bytes(file));
  }

  /** Reads the content of a JSON file. */
  public static byte[] bytes(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new DataFormatException(
            file, "is larger than %d bytes, the limit for JSON files".formatted(MAX_BYTES));
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** Parses the content of a file. */
  public static JsonNode parse(Path file, byte[] bytes) {
    try {
      return mapper().readTree(bytes);
    } catch (JsonProcessingException e) {
      throw malformed(file, e);
    } catch (IOException e) { // an encoding error, since the bytes are in memory
      throw new DataFormatException(file, "is malformed JSON: " + e.getMessage(), e);
    }
  }

  /** Returns an exception for malformed JSON, with line and column. */
  public static DataFormatException malformed(Path file, JsonProcessingException e) {
    String place =
        e.getLocation() == null
            ? ""
            : " at line %d, column %d"
                .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
    return new DataFormatException(file, "is malformed JSON%s: %s".formatted(place, reason(e)), e);
  }

  /** Returns the reason of a parse error, without its location and Jackson-specific advice. */
  public static String reason(JsonProcessingException e) {
    String message = e.getOriginalMessage().lines().findFirst().orElse("").strip();
    if (e instanceof JsonEOFException) {
      return "it ends in the middle of a value";
    } else if (message.startsWith("Trailing token")) {
      return "it continues after the end of the value";
    }
    return message
        .replaceAll("(: enable |, from | \\(for .* starting at|: not allowed as per ).*", "")
        .replaceAll("(exceeds the maximum allowed \\(\\d+)$", "$1)")
        .replaceAll("[.]$", "");
  }
}
