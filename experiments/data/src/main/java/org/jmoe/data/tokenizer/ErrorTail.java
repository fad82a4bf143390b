package org.jmoe.data.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The tail of a worker's standard error stream, from which the reason of a crash is extracted. */
final class ErrorTail {
  private static final int MAX_CHARACTERS = 1 << 14;
  private static final int MAX_CLAUSE = 200;
  private static final long END_MILLIS = 2_000;

  private final StringBuilder text = new StringBuilder();
  private final Thread reader;

  private ErrorTail(InputStream stream) {
    this.reader = new Thread(() -> drain(stream), "tokenizer-errors");
    reader.setDaemon(true);
  }

  /** Reads the stream to its end, so that its writer never blocks. */
  static ErrorTail follow(InputStream stream) {
    ErrorTail tail = new ErrorTail(stream);
    tail.reader.start();
    return tail;
  }

  private void drain(InputStream stream) {
    byte[] bytes = new byte[1 << 12];
    try (stream) {
      for (int n = stream.read(bytes); n >= 0; n = stream.read(bytes)) {
        synchronized (text) {
          text.append(new String(bytes, 0, n, StandardCharsets.UTF_8));
          text.delete(0, Math.max(0, text.length() - MAX_CHARACTERS));
        }
      }
    } catch (IOException e) {
      // The process was killed; use what it wrote before.
    }
  }

  /** Returns why the process ended, as a clause. */
  String reason(int exitCode) {
    try {
      reader.join(END_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (text) {
      List<String> lines = text.toString().lines().toList();
      for (int i = 0; i < lines.size(); i++) {
        String line = lines.get(i);
        if (line.startsWith(TokenizerLimits.REASON)) {
          return clause(line.substring(TokenizerLimits.REASON.length()));
        }
        if (line.contains(" panicked at ") && i + 1 < lines.size()) {
          return "the tokenizers library panicked (" + clause(lines.get(i + 1)) + ")";
        }
      }
    }
    return "the tokenizers library crashed with exit code " + exitCode;
  }

  /** Converts a message to a clause: one line without control characters, of limited length. */
  static String clause(String message) {
    String line = message.replaceAll("[\\p{Cntrl}\\s]+", " ").replace('`', '\'').strip();
    String shorter = line.length() > MAX_CLAUSE ? line.substring(0, MAX_CLAUSE) + "…" : line;
    return shorter.replaceAll("[.;:]+$", "");
  }
}
