package org.jmoe.data.corpus;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Collections;
import org.jmoe.data.formats.ArrowRows;
import org.jmoe.data.formats.DataKeys;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.io.Json;

/**
 * Mean bytes of text per token, by domain and split, from the metadata of the file. Separators
 * between rows have no text and are not counted.
 */
public final class TextBytes {
  private final double[][] perToken; // (domains, 2), training and held-out; NaN if unknown

  private TextBytes(double[][] perToken) {
    this.perToken = perToken;
  }

  public static TextBytes of(
      ImmutableMap<String, String> metadata, ImmutableList<String> domains, CorpusRows rows) {
    double[][] perToken = new double[domains.size()][2];
    if (TextTokenizer.BYTES.equals(metadata.get(DataKeys.TOKENIZER))) {
      for (double[] splits : perToken) {
        splits[0] = 1;
        splits[1] = 1;
      }
      return new TextBytes(perToken);
    }
    long[][] tokens = tokens(domains.size(), rows);
    JsonNode bytes = recorded(metadata);
    for (int d = 0; d < perToken.length; d++) {
      JsonNode splits = bytes.path(domains.get(d));
      perToken[d][0] = ratio(splits.path("train"), tokens[d][0]);
      perToken[d][1] = ratio(splits.path(ArrowRows.HELD_OUT), tokens[d][1]);
    }
    return new TextBytes(perToken);
  }

  private static double ratio(JsonNode bytes, long tokens) {
    return bytes.isIntegralNumber() && tokens > 0 ? bytes.doubleValue() / tokens : Double.NaN;
  }

  private static JsonNode recorded(ImmutableMap<String, String> metadata) {
    try {
      return Json.mapper().readTree(metadata.getOrDefault(DataKeys.TEXT_BYTES, "{}"));
    } catch (JsonProcessingException e) {
      return Json.mapper().createObjectNode(); // written by another program
    }
  }

  /** Returns the number of tokens by domain and split. */
  private static long[][] tokens(int domains, CorpusRows rows) {
    long[][] tokens = new long[domains][2];
    for (int i = 0; i < rows.domains().length(); i++) {
      int split = isHeldOut(rows, rows.rows().get(i)) ? 1 : 0;
      tokens[rows.domains().get(i)][split] += rows.starts().get(i + 1) - rows.starts().get(i);
    }
    return tokens;
  }

  private static boolean isHeldOut(CorpusRows rows, int row) {
    return Collections.binarySearch(rows.heldOut().asList(), row) >= 0;
  }

  /** Returns the mean bytes per token of a row; NaN if the file does not record them. */
  public double perToken(CorpusRows rows, int row, int domain) {
    return perToken[domain][isHeldOut(rows, row) ? 1 : 0];
  }
}
