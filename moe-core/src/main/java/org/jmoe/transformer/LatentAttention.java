package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.AttentionOps;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Precision;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head latent attention (DeepSeek-V2, DeepSeek-AI 2024, section 2.1): keys and values of all
 * heads come from one small latent vector a token, which with one rotated key is all that a cache
 * keeps. Single queries, as in generation, meet latent vectors without making keys of them (section
 * 2.1.2).
 */
public final class LatentAttention extends SelfAttention {
  /** Of the latent vectors' normalisation; upstream takes its default whatever the model's is. */
  private static final double EPSILON = 1e-6;

  /**
   * Settings.
   *
   * @param heads H
   * @param queryRank width of the queries' latent vector; 0 for queries straight from the token
   * @param rank width of the keys' and values' latent vector
   * @param plain width of a head's part without position
   * @param value width of a head's value
   * @param bias whether the products into the latent vectors and the output have a bias
   * @param scoreFactor what scores are multiplied by beside 1 / sqrt(plain + rotated); 1 for none
   * @param rotary positions of a head's other part, whose width is the rotary width
   */
  public record Spec(
      int heads,
      int queryRank,
      int rank,
      int plain,
      int value,
      boolean bias,
      double scoreFactor,
      Rotary rotary)
      implements AttentionSpec {
    /** Checks the sizes. */
    public Spec {
      Preconditions.checkArgument(
          heads >= 1 && queryRank >= 0 && rank >= 1 && plain >= 1 && value >= 1,
          "heads, rank, plain and value must be at least 1, not %s, %s, %s, %s",
          heads,
          rank,
          plain,
          value);
      Preconditions.checkArgument(
          rotary.width() >= 2, "rotary.width must be at least 2, not %s", rotary.width());
    }

    /** Queries straight from the token, no biases, unscaled rotary positions. */
    public static Spec of(int heads, int rank, int plain, int rotated, int value) {
      Rotary rotary = Rotary.of(10_000).withWidth(rotated);
      return new Spec(heads, 0, rank, plain, value, false, 1, rotary);
    }

    /** The same with queries through a latent vector of their own. */
    public Spec withQueryRank(int width) {
      return new Spec(heads, width, rank, plain, value, bias, scoreFactor, rotary);
    }

    /** The same with or without biases. */
    public Spec withBias(boolean biases) {
      return new Spec(heads, queryRank, rank, plain, value, biases, scoreFactor, rotary);
    }

    /** The same with other positions and a factor on the scores. */
    public Spec withRotary(Rotary other, double factor) {
      return new Spec(heads, queryRank, rank, plain, value, bias, factor, other);
    }

    /** Columns of all queries. */
    public int queryColumns() {
      return heads * (plain + rotary.width());
    }

    @Override
    public SelfAttention build(BlockContext context, Seed seed) {
      return new LatentAttention(this, context, seed);
    }

    @Override
    public long parameters(int dim) {
      long down = (long) rank + rotary.width();
      long query =
          queryRank == 0
              ? (long) dim * queryColumns()
              : (long) queryRank * (dim + queryColumns() + 1L);
      long keys = dim * down + rank + (long) rank * heads * (plain + value);
      long biases = bias ? queryRank + down + dim : 0;
      return query + keys + (long) heads * value * dim + biases;
    }

    @Override
    public CacheShape cacheShape(int dim) {
      return new CacheShape(1, rank + rotary.width(), 0);
    }

    @Override
    public long productsPerPosition(int dim) {
      return (long) heads * (plain + rotary.width() + value);
    }

    /** In training keys and values are expanded to all heads (section 2.1.2). */
    @Override
    public long activations(int dim) {
      return (long) queryRank + rank + rotary.width() + 2 * productsPerPosition(dim);
    }
  }

  private final Spec spec;
  private final BlockContext context;
  private final @Nullable Parameter queryDown; // (D, query rank)
  private final @Nullable Parameter queryDownBias; // (query rank)
  private final @Nullable Norm queryNorm;
  private final Parameter query; // (D or query rank, H (plain + rotated))
  private final Parameter down; // (D, rank + rotated)
  private final @Nullable Parameter downBias; // (rank + rotated)
  private final Norm norm; // (rank)
  private final Parameter up; // (rank, H (plain + value))
  private final Parameter out; // (H value, D)
  private final @Nullable Parameter outBias; // (D)

  private LatentAttention(Spec spec, BlockContext context, Seed seed) {
    super(seed);
    this.spec = spec;
    this.context = context;
    int dim = context.dim();
    int low = spec.queryRank();
    int narrow = spec.rank() + spec.rotary().width();
    int width = spec.heads() * spec.value();
    queryDown = low == 0 ? null : matrix("query_down", dim, low);
    queryDownBias = low == 0 || !spec.bias() ? null : zeros("query_down_bias", new Shape(low));
    queryNorm = low == 0 ? null : norm("query_norm", low);
    query = matrix("query", low == 0 ? dim : low, spec.queryColumns());
    down = matrix("down", dim, narrow);
    downBias = spec.bias() ? zeros("down_bias", new Shape(narrow)) : null;
    norm = norm("norm", spec.rank());
    up = matrix("up", spec.rank(), spec.heads() * (spec.plain() + spec.value()));
    out = weight("out", new Shape(width, dim), context.residualDeviation(width));
    outBias = spec.bias() ? zeros("out_bias", new Shape(dim)) : null;
  }

  private Parameter matrix(String name, int rows, int columns) {
    return weight(name, new Shape(rows, columns), 1 / Math.sqrt(rows));
  }

  private Norm norm(String name, int width) {
    return addChildBlock(
        name, new Norm.Spec(Norm.Kind.RMS, EPSILON).build(width, seed().child(name)));
  }

  @Override
  protected NDArray apply(
      ParameterStore ps,
      NDArray x,
      @Nullable NDArray padding,
      @Nullable KvCache cache,
      boolean training) {
    int plain = spec.plain();
    int rotated = spec.rotary().width();
    int first = cache == null ? 0 : cache.length();
    Precision precision = RecordingStore.precision(ps);
    NDArray q = AttentionOps.splitHeads(queries(ps, x, training), spec.heads());
    NDArray turned = spec.rotary().apply(AttentionOps.columns(q, plain, rotated), first);
    q = AttentionOps.columns(q, 0, plain); // (B, H, S, plain)

    NDArray low = linear(ps, x, down, downBias, training); // (B, S, rank + rotated)
    NDArray latent = norm.apply(ps, AttentionOps.columns(low, 0, spec.rank()), training);
    latent = AttentionOps.splitHeads(latent, 1); // (B, 1, S, rank)
    NDArray key = AttentionOps.splitHeads(AttentionOps.columns(low, spec.rank(), rotated), 1);
    key = spec.rotary().apply(key, first); // (B, 1, S, rotated)
    NDArray seen = AttentionOps.joinColumns(latent, key); // (B, 1, S, rank + rotated)
    if (cache != null) {
      seen = cache.appendKeys(context.layer(), seen); // (B, 1, S', rank + rotated)
    }
    NDArray matrix = value(ps, up, x, training); // (rank, H (plain + value))
    boolean single = x.getShape().get(1) == 1;
    NDList heads =
        single
            ? overLatents(q, turned, seen, matrix)
            : overKeys(AttentionOps.joinColumns(q, turned), seen, matrix, precision);
    NDArray y = attend(heads, padding, precision);
    y = single ? AttentionOps.latentValues(y, matrix, plain) : y; // (B, H, S, value)
    return linear(ps, Ops.mergeHeads(y), out, outBias, training); // (B, S, D)
  }

  /** Queries (B, H, S, plain + rotated) with every position's keys and values of all heads. */
  private NDList overKeys(NDArray q, NDArray seen, NDArray matrix, Precision precision) {
    NDArray latent = AttentionOps.columns(seen, 0, spec.rank()).squeeze(1); // (B, S', rank)
    NDArray key = AttentionOps.columns(seen, spec.rank(), spec.rotary().width());
    NDArray both = Ops.linear(latent, matrix, precision); // (B, S', H (plain + value))
    NDArray heads = AttentionOps.splitHeads(both, spec.heads()); // (B, H, S', plain + value)
    NDArray k =
        AttentionOps.joinColumns(
            AttentionOps.columns(heads, 0, spec.plain()),
            AttentionOps.shareHeads(key, spec.heads()));
    NDArray v = AttentionOps.columns(heads, spec.plain(), spec.value()); // (B, H, S', value)
    return new NDList(q, k, v);
  }

  /**
   * A single query for the latent vectors themselves: their up-projection is applied to the query
   * and to the result, once, and not to every position before it.
   */
  private NDList overLatents(NDArray plainQ, NDArray turned, NDArray seen, NDArray matrix) {
    NDArray low = AttentionOps.latentQueries(plainQ, matrix); // (B, H, 1, rank)
    NDArray q = AttentionOps.joinColumns(low, turned); // (B, H, 1, rank + rotated)
    NDArray v = AttentionOps.columns(seen, 0, spec.rank()); // (B, 1, S', rank)
    return new NDList(q, seen, v);
  }

  private NDArray attend(NDList heads, @Nullable NDArray padding, Precision precision) {
    NDArray q = heads.get(0);
    NDArray k = heads.get(1);
    double scale = spec.scoreFactor() / Math.sqrt((double) spec.plain() + spec.rotary().width());
    NDArray mask = AttentionMask.of(q, k, context.causal(), 0, padding, false);
    boolean causal = context.causal() && q.getShape().get(2) == k.getShape().get(2);
    return AttentionOps.attend(q, k, heads.get(2), mask, null, scale, causal, precision);
  }

  /** Queries (B, S, H dq). */
  private NDArray queries(ParameterStore ps, NDArray x, boolean training) {
    if (queryDown == null || queryNorm == null) {
      return linear(ps, x, query, null, training);
    }
    NDArray low = linear(ps, x, queryDown, queryDownBias, training); // (B, S, query rank)
    return linear(ps, queryNorm.apply(ps, low, training), query, null, training);
  }

  private static NDArray linear(
      ParameterStore ps, NDArray x, Parameter weight, @Nullable Parameter bias, boolean training) {
    return AttentionOps.affine(
        x,
        value(ps, weight, x, training),
        bias == null ? null : value(ps, bias, x, training),
        RecordingStore.precision(ps));
  }
}
