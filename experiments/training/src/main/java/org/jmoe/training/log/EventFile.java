package org.jmoe.training.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Writes a TensorBoard event file: {@code Event} messages (tensorflow/core/util/event.proto) framed
 * as TFRecords, {@code length (8 bytes), masked CRC-32C of it (4), message, masked CRC-32C of it
 * (4)}, little-endian. Each event is written with a single write.
 */
final class EventFile implements AutoCloseable {
  private static final int MASK = 0xa282ead8; // tensorflow/core/lib/hash/crc32c.h
  private static final int FRAME = 16; // bytes around a message

  // fields of Event, Summary, Summary.Value and SessionLog
  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int SESSION_LOG = 7;
  private static final int VALUE = 1;
  private static final int TAG = 1;
  private static final int SIMPLE_VALUE = 2;
  private static final int STATUS = 1;
  private static final int START = 1; // a status

  private final Path file;
  private final FileChannel channel;

  private EventFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Creates the next file in a folder.
   *
   * @param step first step to write; TensorBoard ignores later steps of earlier files
   */
  static EventFile create(Path folder, long step) {
    try {
      Files.createDirectories(folder);
      EventFile created = next(folder, System.currentTimeMillis() / 1000);
      created.event(0, new ProtoMessage().text(FILE_VERSION, "brain.Event:2"));
      ProtoMessage start = new ProtoMessage().number(STATUS, START);
      created.event(step, new ProtoMessage().message(SESSION_LOG, start));
      return created;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write TensorBoard events to " + folder, e);
    }
  }

  /** Returns a file with the next name; TensorBoard reads the files of a folder in name order. */
  private static EventFile next(Path folder, long second) throws IOException {
    int number = 0;
    Path file = folder.resolve(name(second, number));
    while (Files.exists(file)) { // exists if the run was resumed within a second
      number++;
      file = folder.resolve(name(second, number));
    }
    return new EventFile(
        file, FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
  }

  private static String name(long second, int number) {
    return "events.out.tfevents.%010d.jmoe.%03d".formatted(second, number);
  }

  /** Appends one value per tag. */
  void scalars(long step, Map<String, Double> values) {
    ProtoMessage summary = new ProtoMessage();
    values.forEach(
        (tag, value) ->
            summary.message(
                VALUE, new ProtoMessage().text(TAG, tag).real(SIMPLE_VALUE, value.floatValue())));
    event(step, new ProtoMessage().message(SUMMARY, summary));
  }

  private void event(long step, ProtoMessage content) {
    byte[] event =
        new ProtoMessage()
            .real(WALL_TIME, System.currentTimeMillis() / 1e3)
            .number(STEP, step)
            .and(content)
            .bytes();
    ByteBuffer record = ByteBuffer.allocate(FRAME + event.length).order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(event.length);
    record.putInt(checksum(record.array(), 0, Long.BYTES)).put(event);
    record.putInt(checksum(event, 0, event.length)).flip();
    try {
      while (record.hasRemaining()) {
        channel.write(record);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private static int checksum(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
