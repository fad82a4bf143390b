package org.jmoe.training.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;

/**
 * Reads {@code metrics.jsonl} while it grows: each call continues after the last complete line. A
 * line that is still being written is left for the next call. If the file was truncated or
 * replaced, for example because a run was resumed, reading starts over.
 */
public final class MetricsReader {
  private static final int CHUNK = 1 << 20;
  private static final int MAX_LINE = 1 << 24;
  private static final ObjectReader ROWS =
      Json.mapper()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .readerFor(MetricsRow.class);

  private final Path file;
  private long offset; // after the last complete line
  private long line;
  private byte[] last = new byte[0]; // the last complete line, to detect truncation

  /** Creates a reader at the start of a file. */
  public MetricsReader(Path file) {
    this.file = file;
  }

  /** Returns the number of bytes of the lines read so far. */
  public long offset() {
    return offset;
  }

  /** Returns the number of lines read so far. */
  public long lines() {
    return line;
  }

  /**
   * Starts over if the lines read so far have changed.
   *
   * @return whether reading starts over
   */
  public boolean rewound() {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      InputStream stream = Channels.newInputStream(channel.position(offset - last.length));
      if (Arrays.equals(stream.readNBytes(last.length), last)) {
        return false;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    offset = 0;
    line = 0;
    last = new byte[0];
    return true;
  }

  /**
   * Reads all further complete lines.
   *
   * @param rows receives each row; returns false to stop before it
   * @throws DataFormatException if a line is malformed; the rows before it were passed on
   */
  public void read(Predicate<MetricsRow> rows) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
      ByteArrayOutputStream part = new ByteArrayOutputStream();
      long at = offset;
      for (int count = channel.read(chunk, at); count > 0; count = channel.read(chunk, at)) {
        int start = 0;
        for (int i = 0; i < count; i++) {
          if (chunk.array()[i] == '\n') {
            part.write(chunk.array(), start, i - start);
            start = i + 1;
            if (!rows.test(parse(part.toByteArray()))) {
              return;
            }
            take(part);
          }
        }
        part.write(chunk.array(), start, count - start);
        if (part.size() > MAX_LINE) {
          throw malformed("is longer than %d bytes".formatted(MAX_LINE));
        }
        at += count;
        chunk.clear();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private void take(ByteArrayOutputStream part) {
    part.write('\n');
    last = part.toByteArray();
    offset += last.length;
    line++;
    part.reset();
  }

  private MetricsRow parse(byte[] bytes) throws IOException {
    try {
      MetricsRow row = ROWS.readValue(bytes);
      if (row == null || row.kind() == null || row.step() < 0) {
        throw malformed("needs a kind and a step of at least 0");
      }
      return row;
    } catch (JsonProcessingException e) {
      throw malformed("is malformed: " + Json.reason(e).replaceAll(" \\(.*|`", ""));
    }
  }

  private DataFormatException malformed(String problem) {
    return new DataFormatException(
        file + " line " + (line + 1), problem + "; remove the line, or move the file away");
  }
}
