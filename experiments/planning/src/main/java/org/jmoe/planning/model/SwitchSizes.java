package org.jmoe.planning.model;

import com.google.common.collect.ImmutableList;
import org.jmoe.experts.FeedForwardExperts;
import org.jspecify.annotations.Nullable;

/**
 * Switch Transformers (Fedus et al. 2022, table 9): T5's encoder and decoder with one expert per
 * token.
 *
 * @param name name on the command line
 * @param dim width D
 * @param heads attention heads of width 64
 * @param hidden hidden width of a feed-forward and of an expert, with ReLU in between
 * @param experts number of experts E
 * @param dense layers per side with a dense feed-forward
 * @param sparse layers per side with experts
 */
record SwitchSizes(
    String name, int dim, int heads, int hidden, int experts, int dense, int sparse) {
  private static final int VOCABULARY = 32128;
  private static final int HEAD_DIM = 64;
  private static final int BUCKETS = 32; // relative position biases per side
  // Training sequence length (Raffel et al. 2020, section 3.1.4).
  private static final int INPUTS = 512;
  private static final int TARGETS = 114;

  static NamedArchitecture base() {
    return new SwitchSizes("switch-base", 768, 12, 3072, 128, 6, 6)
        .published(
            "7.4B", "223M", "table 9 and config.json of google/switch-base-128; active as T5-Base");
  }

  /** With T5-Large's width of 4096; a gated width of 2816 would give 27.1 B parameters. */
  static NamedArchitecture large() {
    return new SwitchSizes("switch-large", 1024, 16, 4096, 128, 12, 12)
        .published("26.3B", null, "table 9; feed-forward of T5-Large 1.0");
  }

  static NamedArchitecture switchC() {
    return new SwitchSizes("switch-c", 2080, 32, 6144, 2048, 0, 15)
        .published("1571B", null, "table 9");
  }

  private NamedArchitecture published(String total, @Nullable String active, String source) {
    double inputs = (double) INPUTS / (INPUTS + TARGETS);
    ImmutableList.Builder<LayerGroup> groups = ImmutableList.builder();
    side(groups, AttentionSize.Visibility.ALL, inputs);
    side(groups, AttentionSize.Visibility.CROSS, 1 - inputs);
    ArchitectureSizes sizes =
        new ArchitectureSizes(
            name,
            dim,
            new ArchitectureSizes.Outside(VOCABULARY, true, 2L * BUCKETS * heads, 2L * dim),
            groups.build());
    return new NamedArchitecture(
        sizes,
        INPUTS + TARGETS,
        new Published(total, active, true, "Fedus et al. 2022, " + source));
  }

  private void side(
      ImmutableList.Builder<LayerGroup> groups, AttentionSize.Visibility visibility, double share) {
    int attentions = visibility == AttentionSize.Visibility.CROSS ? 2 : 1; // plus cross-attention
    long width = (long) heads * HEAD_DIM;
    long kept = 4 * width * attentions;
    AttentionSize attention = new AttentionSize(heads, dim * kept, 2 * width, kept, 0, visibility);
    long norms = (attentions + 1L) * dim;
    long each = FeedForwardExperts.Spec.relu(hidden).parametersPerExpert(dim);
    if (dense > 0) {
      groups.add(new LayerGroup(dense, share, attention, norms, each, null));
    }
    MoeSize moe =
        new MoeSize(experts, 1, dim, Math.multiplyExact(experts, each), each, (long) dim * experts);
    groups.add(new LayerGroup(sparse, share, attention, norms, 0, moe));
  }
}
