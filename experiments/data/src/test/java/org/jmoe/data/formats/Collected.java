package org.jmoe.data.formats;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.io.OffHeap;
import org.jspecify.annotations.Nullable;

/** Collects the rows of a dataset as lists. */
public final class Collected implements TokenVisitor {
  public final List<List<Integer>> rows = new ArrayList<>();
  public final List<String> domains = new ArrayList<>();
  public final List<Boolean> heldOut = new ArrayList<>();
  public final List<List<Integer>> contexts = new ArrayList<>();
  private List<Integer> context = new ArrayList<>(); // positions in the row
  private List<Integer> row = new ArrayList<>();
  private String domain = "";

  /** Reads a dataset and checks that all off-heap memory is freed, also on failure. */
  public static Collected read(Path path) {
    Collected collected = new Collected();
    try (BufferAllocator allocator = OffHeap.allocator()) { // close throws if memory is in use
      TokenData.open(path).read(allocator, collected);
    }
    return collected;
  }

  @Override
  public void tokens(int[] ids, int length, @Nullable String label) {
    for (int i = 0; i < length; i++) {
      row.add(ids[i]);
    }
    String word = String.valueOf(label);
    domain = domain.isEmpty() || domain.endsWith(word) ? word : domain + "+" + word;
  }

  @Override
  public void context(int[] ids, int length, @Nullable String label) {
    for (int i = 0; i < length; i++) {
      context.add(row.size() + i);
    }
    tokens(ids, length, label);
  }

  @Override
  public boolean endRow(boolean held) {
    rows.add(row);
    domains.add(domain);
    heldOut.add(held);
    contexts.add(context);
    context = new ArrayList<>();
    row = new ArrayList<>();
    domain = "";
    return true;
  }
}
