package org.jmoe.data.tokenizer;

import com.google.common.collect.ImmutableMap;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Splits texts into the pieces within which byte-level BPE merges, by the rule of GPT-2 (Radford et
 * al. 2019, encoder.py; {@code ByteLevel} in Hugging Face tokenizers), and counts the pieces.
 */
public final class BytePieces {
  private static final Pattern PIECE =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          Pattern.UNICODE_CHARACTER_CLASS);

  private static final int BYTES = 256;
  private static final char[] CHARACTERS = characters();

  /** Creates empty counts. */
  public BytePieces() {}

  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

  /** Adds the pieces of texts, in parallel; the counts do not depend on the order. */
  public void add(List<String> texts) {
    texts.parallelStream()
        .flatMap(text -> PIECE.matcher(text).results().map(MatchResult::group))
        .forEach(piece -> counts.computeIfAbsent(piece, p -> new LongAdder()).increment());
  }

  /** Returns how often each piece occurs. */
  Map<String, Long> counts() {
    ImmutableMap.Builder<String, Long> all = ImmutableMap.builder();
    counts.forEach((piece, count) -> all.put(piece, count.sum()));
    return all.buildOrThrow();
  }

  /** Returns the bytes of a piece, each as the printable character of GPT-2. */
  static String characters(String piece) {
    byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
    StringBuilder text = new StringBuilder(bytes.length);
    for (byte b : bytes) {
      text.append(CHARACTERS[b & 0xFF]);
    }
    return text.toString();
  }

  /** Returns the characters of all bytes in ascending order. */
  static char[] alphabet() {
    char[] sorted = CHARACTERS.clone();
    Arrays.sort(sorted);
    return sorted;
  }

  /** Printable bytes are their own characters; the others follow from 256. */
  private static char[] characters() {
    char[] characters = new char[BYTES];
    char next = BYTES;
    for (int b = 0; b < BYTES; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      characters[b] = printable ? (char) b : next++;
    }
    return characters;
  }
}
