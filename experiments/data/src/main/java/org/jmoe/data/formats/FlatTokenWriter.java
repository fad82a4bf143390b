package org.jmoe.data.formats;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jmoe.io.arrow.ArrowOutput;

/**
 * Writes a single stream of tokens with a domain per token: {@code ids: int32}, {@code domain:
 * dictionary<string>}.
 */
public final class FlatTokenWriter implements AutoCloseable {
  private static final int BATCH = 1 << 20;

  private final ArrowOutput output;
  private final IntVector ids;
  private final IntVector domains;
  private int rows;

  /** Starts a file; an existing file is not replaced before {@link #finish}. */
  public FlatTokenWriter(
      Path path, boolean replace, List<String> domainNames, Map<String, String> metadata) {
    ArrowType.Int int32 = new ArrowType.Int(32, true);
    FieldType label = new FieldType(false, int32, new DictionaryEncoding(0, false, int32));
    Schema schema =
        new Schema(
            List.of(
                new Field("ids", FieldType.notNullable(int32), null),
                new Field("domain", label, null)),
            metadata);
    this.output = ArrowOutput.create(path, replace, schema, domainNames);
    this.ids = output.column("ids", IntVector.class);
    this.domains = output.column("domain", IntVector.class);
  }

  /** Appends a token. */
  public void add(int id, int domain) {
    ids.setSafe(rows, id);
    domains.setSafe(rows, domain);
    rows++;
    if (rows == BATCH) {
      flush();
    }
  }

  private void flush() {
    output.flush(rows);
    rows = 0;
  }

  /** Completes the file under its final name. */
  public void finish() {
    if (rows > 0) {
      flush();
    }
    output.finish(Map.of());
  }

  @Override
  public void close() {
    output.close();
  }
}
