package org.jmoe.io.arrow;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import java.util.HashMap;
import java.util.Map;
import org.apache.arrow.flatbuf.Block;
import org.apache.arrow.flatbuf.Footer;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jmoe.io.FileBytes;
import org.jmoe.io.Magic;
import org.jmoe.io.Malformed;

/**
 * The schema of an Arrow IPC file or stream and the offsets of its dictionary and record batches.
 */
public record IpcFile(
    Schema schema, ImmutableMap<String, String> metadata, ImmutableLongArray starts, long limit) {
  private static final int MAGIC = 8; // "ARROW1" and two bytes of padding
  private static final int TAIL = 10; // length of the footer and "ARROW1"

  /** Reads the footer of an IPC file. */
  public static IpcFile ofFile(FileBytes file) {
    return Malformed.guard(file.path(), "the Arrow footer", () -> footer(file));
  }

  private static IpcFile footer(FileBytes file) {
    long size = file.size();
    if (size < MAGIC + TAIL || !Magic.endsWithMagic(file)) {
      throw file.malformed(
          "is truncated: it does not end with ARROW1, as an Arrow IPC file must; write or copy the"
              + " file again");
    }
    int length = file.read(size - TAIL, 4, "the Arrow footer").getInt(0);
    long start = size - TAIL - length;
    if (length <= 0 || length > IpcMessage.MAX_METADATA || start < MAGIC) {
      throw file.malformed(
          "is malformed: its Arrow footer declares a length of %d bytes in a file of %d"
              .formatted(length, size));
    }
    Footer footer = Footer.getRootAsFooter(file.read(start, length, "the Arrow footer"));
    Preconditions.checkArgument(footer.schema() != null, "the footer has no schema");
    Schema schema = IpcSchema.convert(file, footer.schema());
    Map<String, String> metadata = new HashMap<>(IpcSchema.footerMetadata(file, footer));
    metadata.putAll(schema.getCustomMetadata());
    ImmutableLongArray.Builder starts = ImmutableLongArray.builder();
    blocks(file, starts, footer.dictionariesLength(), footer::dictionaries, start);
    blocks(file, starts, footer.recordBatchesLength(), footer::recordBatches, start);
    return new IpcFile(schema, ImmutableMap.copyOf(metadata), starts.build(), start);
  }

  private interface Blocks {
    Block get(int i);
  }

  private static void blocks(
      FileBytes file, ImmutableLongArray.Builder starts, int count, Blocks blocks, long limit) {
    long free = MAGIC;
    for (int i = 0; i < count; i++) {
      Block block = blocks.get(i);
      long start = block.offset();
      long length = (long) block.metaDataLength() + block.bodyLength();
      boolean inside = start >= free && block.metaDataLength() > 0 && block.bodyLength() >= 0;
      if (!inside || length < 0 || length > limit - start) {
        throw file.malformed(
            "is malformed: block %d of its Arrow footer has offset %d and %d bytes, which is outside of the file or overlaps another block"
                .formatted(i, start, length));
      }
      free = start + length;
      starts.add(start);
    }
  }

  /** Reads the message headers of an IPC stream from its schema to its end marker. */
  public static IpcFile ofStream(FileBytes file) {
    return Malformed.guard(file.path(), "the Arrow stream", () -> stream(file));
  }

  private static IpcFile stream(FileBytes file) {
    IpcMessage first = IpcMessage.at(file, 0, file.size());
    if (first == null || first.message().headerType() != MessageHeader.Schema) {
      throw file.malformed(
          "is malformed: it does not start with a schema, as an Arrow stream must");
    }
    Message message = first.message();
    org.apache.arrow.flatbuf.Schema header =
        (org.apache.arrow.flatbuf.Schema) message.header(new org.apache.arrow.flatbuf.Schema());
    Preconditions.checkArgument(header != null, "the schema is empty");
    Schema schema = IpcSchema.convert(file, header);
    ImmutableLongArray.Builder starts = ImmutableLongArray.builder();
    IpcMessage next = IpcMessage.at(file, first.end(), file.size());
    for (; next != null; next = IpcMessage.at(file, next.end(), file.size())) {
      starts.add(next.start());
    }
    return new IpcFile(
        schema, ImmutableMap.copyOf(schema.getCustomMetadata()), starts.build(), file.size());
  }
}
