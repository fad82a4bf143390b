package org.jmoe.data.corpus;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenVisitor;
import org.jspecify.annotations.Nullable;

/** Collects rows into a growing off-heap array of tokens. */
final class CorpusLoader implements TokenVisitor, AutoCloseable {
  private static final String UNLABELLED = "unlabelled";

  private final BufferAllocator allocator;
  private final Map<String, Integer> domains = new LinkedHashMap<>();
  private final ImmutableLongArray.Builder starts = ImmutableLongArray.builder();
  private final ImmutableIntArray.Builder labels = ImmutableIntArray.builder();
  private final ImmutableIntArray.Builder rows = ImmutableIntArray.builder();
  private final ImmutableIntArray.Builder heldOut = ImmutableIntArray.builder();
  private @Nullable ArrowBuf tokens;
  private long count;
  private int row;
  private int openDomain = -1;
  private int maxId = -1;
  private boolean context;

  CorpusLoader(BufferAllocator allocator) {
    this.allocator = allocator;
    this.tokens = allocator.buffer(1 << 16);
  }

  @Override
  public void tokens(int[] ids, int length, @Nullable String domain) {
    add(ids, length, domain, 0);
  }

  @Override
  public void context(int[] ids, int length, @Nullable String domain) {
    context |= length > 0;
    add(ids, length, domain, -1);
  }

  /** Appends tokens; the complement of an id marks a context token. */
  private void add(int[] ids, int length, @Nullable String domain, int flip) {
    int label =
        domains.computeIfAbsent(
            Objects.requireNonNullElse(domain, UNLABELLED), d -> domains.size());
    if (label != openDomain) {
      starts.add(count);
      labels.add(label);
      rows.add(row);
      openDomain = label;
    }
    ArrowBuf target = room(length);
    for (int i = 0; i < length; i++) {
      target.setInt(4 * (count + i), ids[i] ^ flip);
      maxId = Math.max(maxId, ids[i]);
    }
    count += length;
  }

  @Override
  public boolean endRow(boolean held) {
    if (held) {
      heldOut.add(row);
    }
    row = Math.addExact(row, 1);
    openDomain = -1;
    return true;
  }

  private ArrowBuf room(int length) {
    ArrowBuf old = Objects.requireNonNull(tokens);
    if (4 * (count + length) <= old.capacity()) {
      return old;
    }
    ArrowBuf larger = allocator.buffer(Math.max(2 * old.capacity(), 4 * (count + length)));
    larger.setBytes(0, old, 0, 4 * count);
    old.close();
    tokens = larger;
    return larger;
  }

  /** Returns the corpus; no tokens can be added afterwards. */
  TokenCorpus finish(TokenData data) {
    ArrowBuf owned = Objects.requireNonNull(tokens);
    tokens = null;
    starts.add(count);
    return new TokenCorpus(
        owned,
        ImmutableList.copyOf(domains.keySet()),
        new CorpusRows(starts.build(), labels.build(), rows.build(), heldOut.build(), row),
        maxId,
        context,
        data.metadata());
  }

  @Override
  public void close() {
    if (tokens != null) {
      tokens.close();
      tokens = null;
    }
  }
}
