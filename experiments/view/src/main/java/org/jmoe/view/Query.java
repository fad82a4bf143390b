package org.jmoe.view;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableListMultimap;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parameters of a request.
 *
 * @param values by name
 */
public record Query(ImmutableListMultimap<String, String> values) {
  /** Parses {@code a=b&c=d}, from a URL or a form. */
  static Query parse(@Nullable String text) {
    ImmutableListMultimap.Builder<String, String> values = ImmutableListMultimap.builder();
    for (String pair : Splitter.on('&').omitEmptyStrings().split(text == null ? "" : text)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        values.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
      }
    }
    return new Query(values.build());
  }

  /** Returns a request with one parameter. */
  public static Query of(String name, String value) {
    return new Query(ImmutableListMultimap.of(name, value));
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ViewException(ViewException.BAD, "The address is malformed.");
    }
  }

  /** Returns a parameter, or an empty string if it is absent. */
  String get(String name) {
    List<String> all = values.get(name);
    return all.isEmpty() ? "" : all.get(0);
  }

  /** Returns all values of a parameter. */
  List<String> all(String name) {
    return values.get(name);
  }

  /** Returns a non-negative integer, or 0 if the parameter is absent. */
  long number(String name) {
    String text = get(name);
    if (!text.matches("\\d{0,15}")) {
      throw new ViewException(
          ViewException.BAD,
          "%s is '%s'; it must be an integer of at least 0.".formatted(name, text));
    }
    return text.isEmpty() ? 0 : Long.parseLong(text);
  }
}
