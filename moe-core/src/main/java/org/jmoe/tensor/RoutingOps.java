package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/**
 * The operations that routers and balance losses need beyond {@link Ops}, carried out like those.
 */
public final class RoutingOps {
  private static final double[] NONE = {};

  private RoutingOps() {}

  private static NDArray one(String method, double[] numbers, NDArray... arrays) {
    return Script.instance().call(method, numbers, arrays).get(0);
  }

  /** {@code x w} for tokens x (T, D) and a gate w (D, E): (T, E). */
  public static NDArray scores(NDArray x, NDArray weight) {
    return one("scores", NONE, x, weight);
  }

  /** x with a number where the mask, of a shape that broadcasts, is true. */
  public static NDArray fill(NDArray x, NDArray mask, double value) {
    return one("fill", new double[] {value}, x, mask);
  }

  /** x in the type of an activation, and with its manager in place of its own. */
  public static NDArray castLike(NDArray activation, NDArray x) {
    return one("cast_like", NONE, activation, x);
  }

  /** Positions of int64 counted from first on; -1 for those outside of the size from there on. */
  public static NDArray within(NDArray positions, long first, long size) {
    return one("within", new double[] {first, size}, positions);
  }

  /** Expert numbers of int64 with 0 in place of -1, to look up by. */
  public static NDArray orZero(NDArray ids) {
    return fill(ids, ids.lt(0), 0);
  }

  /**
   * Positions of the k largest of the last axis in the order in which the engine's search leaves
   * them, for the sake of comparison with PyTorch code that asks for no order.
   */
  public static NDArray topUnsorted(NDArray x, int k) {
    return one("top_unsorted", new double[] {k}, x);
  }

  /** The larger of x and a number, each element. */
  public static NDArray clampMin(NDArray x, double least) {
    return one("clamp_min", new double[] {least}, x);
  }

  /** The smaller of x and a number, each element. */
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

  /** The standard normal distribution function. */
  public static NDArray normalCdf(NDArray x) {
    return one("normal_cdf", NONE, x);
  }

  /** Standard Gumbel numbers in the shape of x, a function of the seed and the shape. */
  public static NDArray gumbel(NDArray x, Seed seed) {
    return one("gumbel", new double[] {seed.value()}, x);
  }

  /**
   * What each expert adds to its tokens.
   *
   * @param outputs (N, D) or (E, C, D) of the experts
   * @param position (T, K) of each choice among them, -1 for none
   * @param weights (T, K)
   * @param choices (T, K)
   * @return (2, E) of float64: sums of weight times 2-norm, and numbers of choices
   */
  public static NDArray saliency(
      NDArray outputs, NDArray position, NDArray weights, NDArray choices, int experts) {
    return one("saliency", new double[] {experts}, outputs, position, weights, choices);
  }

  /** Rows of x (.., D) of length 1: {@code x / max(|x|, least)}. */
  public static NDArray unit(NDArray x, int axis, double least) {
    return one("unit", new double[] {axis, least}, x);
  }

  /**
   * Forgets the experts outside the best groups.
   *
   * @param scores (T, E), G groups of neighbours
   * @param kept groups to keep
   * @param best experts whose sum is a group's score; 1 for its largest
   * @param fill the number in place of the other groups' scores
   * @return (T, E)
   */
  public static NDArray limitGroups(NDArray scores, int groups, int kept, int best, double fill) {
    return one("limit_groups", new double[] {groups, kept, best, fill}, scores);
  }

  /** The part of each token, in the shape of x (T, K) of int64: T tokens fall into equal parts. */
  public static NDArray parts(NDArray x, long parts) {
    return one("parts", new double[] {parts}, x);
  }

  /** {@code x + part * size} where x is at least 0, x elsewhere. */
  public static NDArray scoped(NDArray x, NDArray part, long size) {
    return one("scoped", new double[] {size}, x, part);
  }

  /**
   * The tokens that each expert chooses, those of largest score first.
   *
   * @param scores (T, E)
   * @param slots C at most T
   * @param highestIndex of equal scores, whether the higher token wins, in place of the lower
   * @param tokenOrder whether slots are filled in token order, in place of score order
   * @return token of each slot (E, C), slot {@code e * C + c} of each token and expert (T, E) or -1
   */
  public static NDList expertChoice(
      NDArray scores, int slots, boolean highestIndex, boolean tokenOrder) {
    double[] numbers = {slots, highestIndex ? 1 : 0, tokenOrder ? 1 : 0};
    return Script.instance().call("expert_choice", numbers, scores);
  }

  /**
   * Sinkhorn's alternating normalisation of {@code exp(x)} to equal rows and equal columns.
   *
   * @param x (T, E)
   * @param tolerance on the mean change of the column factors
   * @return (T, E); no gradient
   */
  public static NDArray sinkhorn(NDArray x, double tolerance, double epsilon) {
    return one("sinkhorn", new double[] {tolerance, epsilon}, x);
  }
}
