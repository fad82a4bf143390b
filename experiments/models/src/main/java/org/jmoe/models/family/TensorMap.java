package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;

/**
 * Maps the tensors of a checkpoint to parameters. Some tensors have several layouts in use; for
 * example, experts are stored one by one (as on the hub) or as one stack. All layouts can be read,
 * and the first one is written.
 */
public final class TensorMap {
  /**
   * A group of tensors that are stored together. Targets are computed on demand, so that a
   * configuration with too many experts uses no memory.
   *
   * @param count number of tensors
   * @param target returns the tensor at an index
   */
  public record Layout(long count, LongFunction<TensorTarget> target) {
    /** Returns a layout of the given tensors. */
    public static Layout of(TensorTarget... targets) {
      ImmutableList<TensorTarget> all = ImmutableList.copyOf(targets);
      return new Layout(all.size(), i -> all.get((int) i));
    }
  }

  private final List<ImmutableList<Layout>> groups = new ArrayList<>();
  private ScaleBlocks blocks = new ScaleBlocks(0, 0);
  private BiPredicate<String, Set<String>> unused =
      (name, all) -> name.endsWith("rotary_emb.inv_freq");

  /** Adds a tensor that has a single layout. */
  public void add(TensorTarget target) {
    groups.add(ImmutableList.of(Layout.of(target)));
  }

  /** Adds alternative layouts of the same parameters, starting with the one used on the hub. */
  public void addChoice(Layout... layouts) {
    groups.add(ImmutableList.copyOf(layouts));
  }

  /** Replaces the name of each tensor. */
  public void rename(UnaryOperator<String> names) {
    groups.replaceAll(
        layouts ->
            layouts.stream()
                .map(each -> new Layout(each.count(), i -> each.target().apply(i).renamed(names)))
                .collect(ImmutableList.toImmutableList()));
  }

  /**
   * Ignores tensors that a file may contain but that do not affect the results.
   *
   * @param names returns whether to ignore a tensor, given its name and the names of all tensors
   */
  public void ignore(BiPredicate<String, Set<String>> names) {
    unused = unused.or(names);
  }

  /** Sets the blocks that share a scale in fp8 tensors. */
  public void scaleBlocks(ScaleBlocks shared) {
    blocks = shared;
  }

  /** Returns the blocks that share a scale in fp8 tensors. */
  public ScaleBlocks scaleBlocks() {
    return blocks;
  }

  /** Returns whether a tensor of the file is ignored. */
  public boolean isUnused(String name, Set<String> all) {
    return unused.test(name, all);
  }

  /**
   * Returns the targets in the layouts that match the given names, or in the hub's layout if none
   * matches. Layouts with the same names are distinguished by their shapes. The list ends with the
   * first target whose name is missing.
   *
   * @param shapes of the tensors with the given names
   */
  public List<TensorTarget> choose(Set<String> names, Function<String, ImmutableLongArray> shapes) {
    List<TensorTarget> chosen = new ArrayList<>();
    for (ImmutableList<Layout> layouts : groups) {
      Layout layout =
          layouts.stream()
              .filter(each -> fits(each, names, shapes))
              .findFirst()
              .or(() -> layouts.stream().filter(each -> isIn(each, names)).findFirst())
              .orElse(layouts.get(0));
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

  /** Returns whether the tensors of a layout of two stacks have its names and shapes. */
  private static boolean fits(
      Layout layout, Set<String> names, Function<String, ImmutableLongArray> shapes) {
    boolean fits = layout.count() == 2;
    for (long i = 0; fits && i < layout.count(); i++) {
      TensorTarget target = layout.target().apply(i);
      fits = names.contains(target.name()) && shapes.apply(target.name()).equals(target.shape());
    }
    return fits;
  }

  private static boolean isIn(Layout layout, Set<String> names) {
    long tried = Math.min(layout.count(), names.size() + 1L); // more cannot all be present
    for (long i = 0; i < tried; i++) {
      if (names.contains(layout.target().apply(i).name())) {
        return true;
      }
    }
    return false;
  }

  /** Returns the targets in the layout used on the hub. */
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
