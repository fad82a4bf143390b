package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.LongFunction;

/**
 * Where the tensors of a checkpoint go. Tensors with several layouts in use, such as experts stored
 * one by one (as on the hub) or as one stack, are a choice among layouts; the first one is written.
 */
public final class TensorMap {
  /**
   * Tensors that files have all or none of. They are computed when they are asked for, so that a
   * configuration of too many experts takes no memory.
   *
   * @param count number of tensors
   * @param target the tensor of an index
   */
  public record Layout(long count, LongFunction<TensorTarget> target) {
    /** The tensors of a list. */
    public static Layout of(TensorTarget... targets) {
      ImmutableList<TensorTarget> all = ImmutableList.copyOf(targets);
      return new Layout(all.size(), i -> all.get((int) i));
    }
  }

  private final List<ImmutableList<Layout>> groups = new ArrayList<>();
  private ScaleBlocks blocks = new ScaleBlocks(0, 0);
  private BiPredicate<String, Set<String>> unused =
      (name, all) -> name.endsWith("rotary_emb.inv_freq");

  /** Adds a tensor that has one layout. */
  public void add(TensorTarget target) {
    groups.add(ImmutableList.of(Layout.of(target)));
  }

  /** Adds the same numbers in one of several layouts, the hub's first. */
  public void addChoice(Layout... layouts) {
    groups.add(ImmutableList.copyOf(layouts));
  }

  /**
   * Adds tensors that may be in a file although no result depends on them.
   *
   * @param names tells from a name and the names of all tensors whether it is one
   */
  public void ignore(BiPredicate<String, Set<String>> names) {
    unused = unused.or(names);
  }

  /** Sets what shares a scale in tensors with 8 bits per number. */
  public void scaleBlocks(ScaleBlocks shared) {
    blocks = shared;
  }

  /** What shares a scale in tensors with 8 bits per number. */
  public ScaleBlocks scaleBlocks() {
    return blocks;
  }

  /** Whether a tensor of the file may be left unread. */
  public boolean isUnused(String name, Set<String> all) {
    return unused.test(name, all);
  }

  /**
   * The targets in the layouts that the names are in, the hub's where they are in none. The list
   * ends with the first target whose name is not among them.
   */
  public List<TensorTarget> choose(Set<String> names) {
    List<TensorTarget> chosen = new ArrayList<>();
    for (ImmutableList<Layout> layouts : groups) {
      Layout layout =
          layouts.stream().filter(each -> isIn(each, names)).findFirst().orElse(layouts.get(0));
      for (long i = 0; i < layout.count(); i++) {
        TensorTarget target = layout.target().apply(i);
        chosen.add(target);
        if (!names.contains(target.name())) {
          return chosen;
        }
      }
    }
    return chosen;
  }

  private static boolean isIn(Layout layout, Set<String> names) {
    long tried = Math.min(layout.count(), names.size() + 1L); // more cannot all be there
    for (long i = 0; i < tried; i++) {
      if (names.contains(layout.target().apply(i).name())) {
        return true;
      }
    }
    return false;
  }

  /** The targets in the layout of the hub. */
  public List<TensorTarget> hub() {
    List<TensorTarget> all = new ArrayList<>();
    for (ImmutableList<Layout> layouts : groups) {
      for (long i = 0; i < layouts.get(0).count(); i++) {
        all.add(layouts.get(0).target().apply(i));
      }
    }
    return all;
  }
}
