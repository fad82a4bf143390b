package org.jmoe.app.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenFormat;
import org.jmoe.data.formats.TokenVisitor;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.FileBytes;

/** Text files with the ids of a row on each line, such as {@code 17 4 256}. */
public final class IdLines implements TokenFormat {
  @Override
  public String name() {
    return "id-lines";
  }

  @Override
  public List<String> extensions() {
    return List.of("ids");
  }

  @Override
  public boolean byName() {
    return true; // no magic number
  }

  @Override
  public Optional<TokenData> open(FileBytes file, TokenData.Options options) {
    Path path = file.path();
    return path.toString().endsWith(".ids") ? Optional.of(new Rows(path)) : Optional.empty();
  }

  private record Rows(Path path) implements TokenData {
    @Override
    public String place() {
      return path.toString();
    }

    @Override
    public List<Path> files() {
      return List.of(path);
    }

    @Override
    public String kind() {
      return "lines of ids";
    }

    @Override
    public String schema() {
      return "decimal numbers";
    }

    @Override
    public void read(BufferAllocator allocator, TokenVisitor visitor) {
      try (Stream<String> lines = Files.lines(path)) {
        int number = 0;
        for (Iterator<String> rest = lines.iterator(); rest.hasNext(); ) {
          int[] ids = ids(rest.next(), ++number);
          visitor.tokens(ids, ids.length, null);
          if (!visitor.endRow(false)) {
            return;
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + path, e);
      }
    }

    private int[] ids(String line, int number) {
      try {
        return Arrays.stream(line.strip().split(" +", -1)).mapToInt(Integer::parseInt).toArray();
      } catch (NumberFormatException e) {
        throw new DataFormatException(
            path, "has something other than ids in line " + number + "; remove the line");
      }
    }
  }
}
