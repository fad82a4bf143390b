package org.jmoe.data.formats;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.io.DataFormatException;

/**
 * Tokens with a separator specified by the user. It may occur anywhere in the rows, and is appended
 * to rows that do not end with it.
 */
record SeparatedData(TokenData data, int separator) implements TokenData {
  SeparatedData {
    String recorded = data.metadata().get(DataKeys.SEPARATOR);
    if (recorded != null && !recorded.equals(Integer.toString(separator))) {
      throw new DataFormatException(
          data.place(), "records the separator %s; omit --separator".formatted(recorded));
    }
  }

  @Override
  public Map<String, String> metadata() {
    Map<String, String> metadata = new HashMap<>(data.metadata());
    if (metadata.put(DataKeys.SEPARATOR, Integer.toString(separator)) == null) {
      metadata.put(DataKeys.SEPARATOR_IN_ROWS, "true");
    }
    return metadata;
  }

  @Override
  public String place() {
    return data.place();
  }

  @Override
  public List<Path> files() {
    return data.files();
  }

  @Override
  public String sha256() {
    return data.sha256();
  }

  @Override
  public String kind() {
    return data.kind();
  }

  @Override
  public String schema() {
    return data.schema();
  }

  @Override
  public List<String> notes() {
    return data.notes();
  }

  @Override
  public void read(BufferAllocator allocator, TokenVisitor visitor) {
    data.read(allocator, visitor);
  }
}
