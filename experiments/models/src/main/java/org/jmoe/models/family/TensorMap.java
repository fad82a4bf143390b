package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * Where the tensors of a checkpoint go. What has several layouts in use, such as experts one by one
 * (as on the hub) or in one stack, is a choice among lists of targets; the first is what is
 * written.
 */
public final class TensorMap {
  private final List<ImmutableList<ImmutableList<TensorTarget>>> groups = new ArrayList<>();
  private ScaleBlocks blocks = new ScaleBlocks(0, 0);
  private BiPredicate<String, Set<String>> unused =
      (name, all) -> name.endsWith("rotary_emb.inv_freq");

  /** A tensor that has one place. */
  void add(TensorTarget target) {
    groups.add(ImmutableList.of(ImmutableList.of(target)));
  }

  /** The same numbers in one of several layouts, the hub's first. */
  void addChoice(List<List<TensorTarget>> layouts) {
    groups.add(
        layouts.stream().map(ImmutableList::copyOf).collect(ImmutableList.toImmutableList()));
  }

  /** Tensors that may be in a file and that no result depends on. */
  void ignore(BiPredicate<String, Set<String>> names) {
    unused = unused.or(names);
  }

  /** Says what shares a factor in tensors of 8 bits a number. */
  public void scaleBlocks(ScaleBlocks shared) {
    blocks = shared;
  }

  /** How scales of quantised tensors are laid out. */
  public ScaleBlocks scaleBlocks() {
    return blocks;
  }

  /** Whether a tensor of the file may be left unread. */
  public boolean isUnused(String name, Set<String> all) {
    return unused.test(name, all);
  }

  /** The targets in the layout that the names at hand are in; the hub's where none is. */
  public List<TensorTarget> choose(Set<String> names) {
    List<TensorTarget> chosen = new ArrayList<>();
    for (ImmutableList<ImmutableList<TensorTarget>> layouts : groups) {
      chosen.addAll(
          layouts.stream()
              .filter(layout -> layout.stream().anyMatch(t -> names.contains(t.name())))
              .findFirst()
              .orElse(layouts.get(0)));
    }
    return chosen;
  }

  /** The targets in the layout of the hub. */
  public List<TensorTarget> hub() {
    return choose(Set.of());
  }
}
