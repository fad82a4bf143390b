package org.jmoe.experiments.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Writes one long stream of tokens, each with its domain: {@code ids: int32}, {@code domain:
 * dictionary<string>}.
 */
final class FlatTokenWriter implements AutoCloseable {
  private static final int BATCH = 1 << 20;

  private final AtomicFile file;
  private final BufferAllocator allocator;
  private final VarCharVector names;
  private final VectorSchemaRoot root;
  private final ArrowFileWriter writer;
  private final IntVector ids;
  private final IntVector domains;
  private int rows;

  FlatTokenWriter(
      Path path, boolean replace, List<String> domainNames, Map<String, String> metadata) {
    this.allocator = OffHeap.allocator();
    this.file = AtomicFile.create(path, replace);
    this.names = new VarCharVector("domain", allocator);
    for (int i = 0; i < domainNames.size(); i++) {
      names.setSafe(i, domainNames.get(i).getBytes(StandardCharsets.UTF_8));
    }
    names.setValueCount(domainNames.size());
    ArrowType.Int int32 = new ArrowType.Int(32, true);
    DictionaryEncoding encoding = new DictionaryEncoding(0, false, int32);
    Schema schema =
        new Schema(
            List.of(
                new Field("ids", FieldType.notNullable(int32), null),
                new Field("domain", new FieldType(false, int32, encoding), null)),
            metadata);
    this.root = VectorSchemaRoot.create(schema, allocator);
    this.ids = (IntVector) root.getVector("ids");
    this.domains = (IntVector) root.getVector("domain");
    MapDictionaryProvider provider = new MapDictionaryProvider(new Dictionary(names, encoding));
    this.writer = new ArrowFileWriter(root, provider, file.channel());
  }

  void add(int id, int domain) {
    ids.setSafe(rows, id);
    domains.setSafe(rows, domain);
    rows++;
    if (rows == BATCH) {
      flush();
    }
  }

  private void flush() {
    try {
      root.setRowCount(rows);
      writer.writeBatch();
      root.clear();
      rows = 0;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the tokens", e);
    }
  }

  void finish() {
    if (rows > 0) {
      flush();
    }
    try {
      writer.end();
      file.commit();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the tokens", e);
    }
  }

  @Override
  public void close() {
    root.close();
    names.close();
    allocator.close();
    file.close();
  }
}
