package org.jmoe.data.formats;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The concatenated token files of a folder.
 *
 * @param skipped names of the other files in the folder
 */
record JoinedTokenData(Path path, ImmutableList<Part> parts, ImmutableList<String> skipped)
    implements TokenData {
  /**
   * A token file.
   *
   * @param heldOut whether it belongs to a held-out split
   */
  record Part(TokenData data, boolean heldOut) {}

  @Override
  public String place() {
    return path.toString();
  }

  @Override
  public List<Path> files() {
    return parts.stream().flatMap(part -> part.data().files().stream()).toList();
  }

  @Override
  public String kind() {
    TokenData first = parts.get(0).data();
    return parts.size() == 1
        ? first.kind()
        : "folder of %d files, the first: %s".formatted(parts.size(), first.kind());
  }

  @Override
  public String schema() {
    return parts.get(0).data().schema();
  }

  /** Returns the metadata that all files share. */
  @Override
  public Map<String, String> metadata() {
    Map<String, String> common = new LinkedHashMap<>(parts.get(0).data().metadata());
    for (Part part : parts) {
      Map<String, String> other = part.data().metadata();
      common.entrySet().removeIf(e -> !Objects.equals(e.getValue(), other.get(e.getKey())));
    }
    return common;
  }

  @Override
  public List<String> notes() {
    ImmutableList.Builder<String> notes = ImmutableList.builder();
    parts.stream().flatMap(part -> part.data().notes().stream()).distinct().forEach(notes::add);
    if (!skipped.isEmpty()) {
      notes.add("skipped: " + String.join(", ", skipped));
    }
    return notes.build();
  }

  @Override
  public void read(BufferAllocator allocator, TokenVisitor visitor) {
    Marked marked = new Marked(visitor);
    for (Part part : parts) {
      marked.heldOut = part.heldOut();
      part.data().read(allocator, marked);
      if (!marked.more) {
        return;
      }
    }
  }

  /** Marks the rows of held-out files, and records when to stop. */
  private static final class Marked implements TokenVisitor {
    private final TokenVisitor visitor;
    private boolean heldOut;
    private boolean more = true;

    Marked(TokenVisitor visitor) {
      this.visitor = visitor;
    }

    @Override
    public void tokens(int[] ids, int length, @Nullable String domain) {
      visitor.tokens(ids, length, domain);
    }

    @Override
    public boolean endRow(boolean held) {
      more = visitor.endRow(held || heldOut);
      return more;
    }

    @Override
    public void context(int[] ids, int length, @Nullable String domain) {
      visitor.context(ids, length, domain);
    }
  }
}
