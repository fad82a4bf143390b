package org.jmoe.data.formats;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Token rows in memory, with a vocabulary of 16 and the separator 15.
 *
 * @param rows token ids; context tokens are given as complements
 * @param heldOut every {@code heldOut}-th row is held out
 */
public record RowsInMemory(List<int[]> rows, int heldOut) implements TokenData {
  @Override
  public String place() {
    return "memory";
  }

  @Override
  public List<Path> files() {
    return List.of();
  }

  @Override
  public String kind() {
    return "memory";
  }

  @Override
  public String schema() {
    return "ids";
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of(DataKeys.VOCABULARY, "16", DataKeys.SEPARATOR, "15");
  }

  @Override
  public void read(BufferAllocator allocator, TokenVisitor visitor) {
    for (int i = 0; i < rows.size(); i++) {
      for (int id : rows.get(i)) {
        if (id < 0) {
          visitor.context(new int[] {~id}, 1, null);
        } else {
          visitor.tokens(new int[] {id}, 1, null);
        }
      }
      visitor.endRow(i % heldOut == 0);
    }
  }
}
