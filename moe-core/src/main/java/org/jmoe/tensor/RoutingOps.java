package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/** Tensor operations for routers and balance losses, implemented like those of {@link Ops}. */
public final class RoutingOps {
  private static final double[] NONE = {};

  private RoutingOps() {}

  private static NDArray one(String method, double[] numbers, NDArray... arrays) {
    return Script.instance().call(method, numbers, arrays).get(0);
  }

  /** Router logits {@code x w} for tokens x (T, D) and weight w (D, E): (T, E). */
  public static NDArray scores(NDArray x, NDArray weight) {
    return one("scores", NONE, x, weight);
  }

  /** Replaces elements of x by a value where the mask, which broadcasts, is true. */
  public static NDArray fill(NDArray x, NDArray mask, double value) {
    return one("fill", new double[] {value}, x, mask);
  }

  /** Casts x to the type of an activation; the result belongs to the activation's manager. */
  public static NDArray castLike(NDArray activation, NDArray x) {
    return one("cast_like", NONE, activation, x);
  }

  /** Subtracts first from positions of int64; -1 for those outside [first, first + size). */
  public static NDArray within(NDArray positions, long first, long size) {
    return one("within", new double[] {first, size}, positions);
  }

  /** Replaces negative ids by 0, so that they can be used as indices. */
  public static NDArray negativesToZero(NDArray ids) {
    return fill(ids, ids.lt(0), 0);
  }

  /**
   * Returns the indices of the k largest elements of the last axis in unspecified order, as {@code
   * torch.topk(sorted=False)}; for comparison with PyTorch code that uses it.
   */
  public static NDArray topUnsorted(NDArray x, int k) {
    return one("top_unsorted", new double[] {k}, x);
  }

  /** Clamps each element to at least {@code least}. */
  public static NDArray clampMin(NDArray x, double least) {
    return one("clamp_min", new double[] {least}, x);
  }

  /** Clamps each element to at most {@code most}. */
  public static NDArray clampMax(NDArray x, double most) {
    return one("clamp_max", new double[] {most}, x);
  }

  /** {@code 1 / (1 + exp(-x))}. */
  public static NDArray sigmoid(NDArray x) {
    return one("sigmoid", NONE, x);
  }

  /** {@code sqrt(log(1 + exp(x)))}. */
  public static NDArray sqrtSoftplus(NDArray x) {
    return one("sqrt_softplus", NONE, x);
  }

  /** {@code cap tanh(x / cap)}. */
  public static NDArray softCap(NDArray x, double cap) {
    return one("soft_cap", new double[] {cap}, x);
  }

  /** Standard normal cumulative distribution function. */
  public static NDArray normalCdf(NDArray x) {
    return one("normal_cdf", NONE, x);
  }

  /** Standard Gumbel samples in the shape of x, a function of seed and shape. */
  public static NDArray gumbel(NDArray x, Seed seed) {
    return one("gumbel", new double[] {seed.value()}, x);
  }

  /**
   * Sums the weighted output norms of each expert.
   *
   * @param outputs (N, D) or (E, C, D) of the experts
   * @param position (T, K) of each choice among the outputs, -1 for none
   * @param weights (T, K)
   * @param choices (T, K)
   * @return (2, E) of float64: sums of weight times 2-norm, and numbers of choices
   */
  public static NDArray saliency(
      NDArray outputs, NDArray position, NDArray weights, NDArray choices, int experts) {
    return one("saliency", new double[] {experts}, outputs, position, weights, choices);
  }

  /** Returns the 2-norm of the last axis, (.., D) to (..); its gradient at 0 is 0. */
  public static NDArray norm(NDArray x) {
    return one("norm", NONE, x);
  }

  /** L2-normalizes x (.., D) along an axis: {@code x / max(|x|, least)}. */
  public static NDArray normalize(NDArray x, int axis, double least) {
    return one("normalize", new double[] {axis, least}, x);
  }

  /**
   * Masks the experts outside the top-scoring groups.
   *
   * @param scores (T, E) in groups of consecutive experts
   * @param groups G
   * @param kept groups to keep
   * @param best number of top experts summed for a group's score; 1 for the maximum
   * @param fill replaces the scores of the other groups
   * @return (T, E)
   */
  public static NDArray limitGroups(NDArray scores, int groups, int kept, int best, double fill) {
    return one("limit_groups", new double[] {groups, kept, best, fill}, scores);
  }

  /**
   * Returns the index of each token's part, in the shape of x (T, K) of int64, with T tokens split
   * into equal parts.
   */
  public static NDArray parts(NDArray x, long parts) {
    return one("parts", new double[] {parts}, x);
  }

  /** Returns {@code x + part * size} where x is at least 0, and x elsewhere. */
  public static NDArray scoped(NDArray x, NDArray part, long size) {
    return one("scoped", new double[] {size}, x, part);
  }

  /**
   * Selects the highest-scoring tokens of each expert.
   *
   * @param scores (T, E)
   * @param slots C, at most T
   * @param highestIndex whether ties go to the higher token index instead of the lower
   * @param tokenOrder whether slots are filled in token order instead of score order
   * @return token of each slot (E, C), slot {@code e * C + c} of each token and expert (T, E) or -1
   */
  public static NDList expertChoice(
      NDArray scores, int slots, boolean highestIndex, boolean tokenOrder) {
    double[] numbers = {slots, highestIndex ? 1 : 0, tokenOrder ? 1 : 0};
    return Script.instance().call("expert_choice", numbers, scores);
  }

  /**
   * Sinkhorn normalization of {@code exp(x)} to equal row sums and equal column sums.
   *
   * @param x (T, E)
   * @param tolerance on the mean change of the column factors
   * @return (T, E); no gradient
   */
  public static NDArray sinkhorn(NDArray x, double tolerance, double epsilon) {
    return one("sinkhorn", new double[] {tolerance, epsilon}, x);
  }
}
