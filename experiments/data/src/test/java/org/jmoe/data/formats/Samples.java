package org.jmoe.data.formats;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.ArrowWriter;
import org.apache.arrow.vector.ipc.message.IpcOption;

/** Small datasets for tests. */
public final class Samples {
  private Samples() {}

  /**
   * Writes rows of random length; the domain of row i is {@code even} or {@code odd}, and every
   * fifth row is held out.
   */
  public static Path rows(Path folder, int rows, int vocabulary) {
    Path file = folder.resolve("rows.arrow");
    SplittableRandom random = new SplittableRandom(7);
    Map<String, String> metadata =
        Map.of(DataKeys.VOCABULARY, Integer.toString(vocabulary), DataKeys.SEPARATOR, "0");
    try (TokenWriter writer = new TokenWriter(file, true, metadata)) {
      for (int i = 0; i < rows; i++) {
        int[] ids = random.ints(1 + random.nextInt(40), 1, vocabulary).toArray();
        writer.add(ids, i % 2 == 0 ? "even" : "odd", i % 5 == 4);
      }
      writer.finish(Map.of());
    }
    return file;
  }

  /** Writes vectors as one record batch. */
  static Path write(Path file, boolean stream, CodecType codec, FieldVector... columns) {
    try (VectorSchemaRoot root = VectorSchemaRoot.of(columns);
        FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        ArrowWriter writer = writer(root, channel, stream, codec)) {
      writer.writeBatch();
      writer.end();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ArrowWriter writer(
      VectorSchemaRoot root, FileChannel channel, boolean stream, CodecType codec) {
    MapDictionaryProvider none = new MapDictionaryProvider();
    if (codec == CodecType.NO_COMPRESSION) {
      return stream
          ? new ArrowStreamWriter(root, none, channel)
          : new ArrowFileWriter(root, none, channel);
    }
    CommonsCompressionFactory factory = CommonsCompressionFactory.INSTANCE;
    return stream
        ? new ArrowStreamWriter(root, none, channel, IpcOption.DEFAULT, factory, codec)
        : new ArrowFileWriter(root, none, channel, Map.of(), IpcOption.DEFAULT, factory, codec);
  }
}
