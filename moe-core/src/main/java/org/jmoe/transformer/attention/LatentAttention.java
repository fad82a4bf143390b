package org.jmoe.transformer.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import org.jmoe.block.Norm;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.AttentionOps;
import org.jmoe.tensor.Precision;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.TransformerOps;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head latent attention (DeepSeek-V2, DeepSeek-AI 2024, section 2.1). Keys and values of all
 * heads are projected from one latent vector per token; only this vector and one rotary key are
 * cached. In generation, single queries attend to latent vectors directly (section 2.1.2).
 */
public final class LatentAttention extends SelfAttention {
  /** Epsilon of the latent norms; upstream uses the default regardless of the model's. */
  private static final double EPSILON = 1e-6;

  /**
   * Settings.
   *
   * @param heads H
   * @param queryRank width of the queries' latent vector; 0 to project queries from tokens directly
   * @param rank width of the keys' and values' latent vector
   * @param plain width of a head's part without rotary embedding
   * @param value width of a head's value
   * @param bias whether the projections into latent vectors and the output projection have a bias
   * @param scoreFactor factor on the scores in addition to 1 / sqrt(plain + rotary width); 1 for
   *     none
   * @param rotary rotary embedding of a head's other part, which has the rotary width
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

    /** Creates settings without query latent, biases and rotary scaling. */
    public static Spec of(int heads, int rank, int plain, int rotated, int value) {
      Rotary rotary = Rotary.of(10_000).withWidth(rotated);
      return new Spec(heads, 0, rank, plain, value, false, 1, rotary);
    }

    /** Returns a copy in which queries have a latent vector. */
    public Spec withQueryRank(int width) {
      return new Spec(heads, width, rank, plain, value, bias, scoreFactor, rotary);
    }

    /** Returns a copy with or without biases. */
    public Spec withBias(boolean biases) {
      return new Spec(heads, queryRank, rank, plain, value, biases, scoreFactor, rotary);
    }

    /** Returns a copy with another rotary embedding and score factor. */
    public Spec withRotary(Rotary other, double factor) {
      return new Spec(heads, queryRank, rank, plain, value, bias, factor, other);
    }

    /** Returns the total number of query columns. */
    public int queryColumns() {
      return heads * (plain + rotary.width());
    }

    @Override
    public SelfAttention build(BlockContext context, Seed seed) {
      return new LatentAttention(this, context, seed);
    }

    @Override
    public boolean dependsOnLength(int maximum) {
      return rotary.scaling().dependsOnLength(maximum);
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
    public long multiplyAddsPerPosition(int dim) {
      return (long) heads * (plain + rotary.width() + value);
    }

    /** Keys and values are expanded to all heads in training (section 2.1.2). */
    @Override
    public long activations(int dim) {
      return (long) queryRank + rank + rotary.width() + 2 * multiplyAddsPerPosition(dim);
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
    out = weight("out", new Shape(width, dim), context.residualStd(width));
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
  public NDArray apply(
      ParameterStore ps, NDArray x, NDList side, @Nullable KvCache cache, boolean training) {
    int plain = spec.plain();
    int rotated = spec.rotary().width();
    NDArray positions = side.get(Documents.POSITIONS);
    int first = cache == null ? 0 : cache.length();
    Precision precision = RecordingStore.precision(ps);
    NDArray q = AttentionOps.splitHeads(queries(ps, x, training), spec.heads());
    NDArray rotary = spec.rotary().apply(AttentionOps.columns(q, plain, rotated), first, positions);
    q = AttentionOps.columns(q, 0, plain); // (B, H, S, plain)

    NDArray low = linear(ps, x, down, downBias, training); // (B, S, rank + rotated)
    NDArray latent = norm.apply(ps, AttentionOps.columns(low, 0, spec.rank()), training);
    latent = AttentionOps.splitHeads(latent, 1); // (B, 1, S, rank)
    NDArray key = AttentionOps.splitHeads(AttentionOps.columns(low, spec.rank(), rotated), 1);
    key = spec.rotary().apply(key, first, positions); // (B, 1, S, rotated)
    NDArray cached = AttentionOps.joinColumns(latent, key); // (B, 1, S, rank + rotated)
    if (cache != null) {
      cached = cache.appendKeys(context.layer(), cached); // (B, 1, S', rank + rotated)
    }
    NDArray matrix = value(ps, up, x, training); // (rank, H (plain + value))
    boolean single = x.getShape().get(1) == 1;
    NDList heads =
        single
            ? overLatents(q, rotary, cached, matrix)
            : overKeys(AttentionOps.joinColumns(q, rotary), cached, matrix, precision);
    NDArray y = attend(heads, side, precision);
    y = single ? AttentionOps.latentValues(y, matrix, plain) : y; // (B, H, S, value)
    return linear(ps, TransformerOps.mergeHeads(y), out, outBias, training); // (B, S, D)
  }

  /** Expands keys and values of all heads for queries (B, H, S, plain + rotated). */
  private NDList overKeys(NDArray q, NDArray cached, NDArray matrix, Precision precision) {
    NDArray latent = AttentionOps.columns(cached, 0, spec.rank()).squeeze(1); // (B, S', rank)
    NDArray key = AttentionOps.columns(cached, spec.rank(), spec.rotary().width());
    NDArray both = TransformerOps.linear(latent, matrix, precision); // (B, S', H (plain + value))
    NDArray heads = AttentionOps.splitHeads(both, spec.heads()); // (B, H, S', plain + value)
    NDArray k =
        AttentionOps.joinColumns(
            AttentionOps.columns(heads, 0, spec.plain()),
            AttentionOps.shareHeads(key, spec.heads()));
    NDArray v = AttentionOps.columns(heads, spec.plain(), spec.value()); // (B, H, S', value)
    return new NDList(q, k, v);
  }

  /**
   * Prepares a single query over latent vectors: the up-projection is applied once to the query and
   * once to the result instead of to every cached position.
   */
  private NDList overLatents(NDArray plainQ, NDArray rotary, NDArray cached, NDArray matrix) {
    NDArray low = AttentionOps.latentQueries(plainQ, matrix); // (B, H, 1, rank)
    NDArray q = AttentionOps.joinColumns(low, rotary); // (B, H, 1, rank + rotated)
    NDArray v = AttentionOps.columns(cached, 0, spec.rank()); // (B, 1, S', rank)
    return new NDList(q, cached, v);
  }

  private NDArray attend(NDList heads, NDList side, Precision precision) {
    NDArray q = heads.get(0);
    NDArray k = heads.get(1);
    double scale = spec.scoreFactor() / Math.sqrt((double) spec.plain() + spec.rotary().width());
    NDArray mask = AttentionMask.of(q, k, context.causal(), 0, side, false);
    boolean causal = context.causal() && q.getShape().get(2) == k.getShape().get(2);
    return AttentionOps.attend(
        q, k, heads.get(2), mask, null, new AttentionOps.Scores(scale, causal, precision));
  }

  /** Returns queries (B, S, H dq). */
  private NDArray queries(ParameterStore ps, NDArray x, boolean training) {
    if (queryDown == null || queryNorm == null) {
      return linear(ps, x, query, null, training);
    }
    NDArray low = linear(ps, x, queryDown, queryDownBias, training); // (B, S, query rank)
    return linear(ps, queryNorm.apply(ps, low, training), query, null, training);
  }
}
