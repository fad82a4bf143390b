package org.jmoe.data.batch;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jmoe.data.corpus.CorpusView;
import org.jmoe.data.corpus.TextBytes;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.DataKeys;

/**
 * Concatenates rows and splits them into windows of S + 1 tokens: S inputs, and the inputs shifted
 * by one as targets. Rows are grouped by domain in file order; each row is followed by a separator,
 * if the tokenizer has one. Consecutive windows overlap by one token, so every token except the
 * first is a target exactly once. Windows are located by binary search, without copying.
 */
public final class Packing {
  private final TokenCorpus corpus;
  private final int sequenceLength;
  private final int separator;
  private final ImmutableLongArray sources;
  private final ImmutableLongArray lengths;
  private final ImmutableIntArray domains;
  private final double[] bytes; // (segments), mean bytes of text per target
  private final long[] offsets;
  private final long[] domainOffsets; // (domains + 1), first token of the rows of each domain

  private Packing(
      TokenCorpus corpus,
      int sequenceLength,
      int separator,
      ImmutableLongArray sources,
      ImmutableLongArray lengths,
      ImmutableIntArray domains,
      double[] bytes,
      long[] offsets,
      long[] domainOffsets) {
    this.corpus = corpus;
    this.sequenceLength = sequenceLength;
    this.separator = separator;
    this.sources = sources;
    this.lengths = lengths;
    this.domains = domains;
    this.bytes = bytes;
    this.offsets = offsets;
    this.domainOffsets = domainOffsets;
  }

  /**
   * Packs a view of a corpus.
   *
   * @param sequenceLength tokens per sequence, S
   * @throws IllegalArgumentException if the view has fewer tokens than one window
   */
  public static Packing of(CorpusView view, int sequenceLength) {
    if (sequenceLength < 1) {
      throw new IllegalArgumentException(
          "The sequence length is %d; it must be at least 1.".formatted(sequenceLength));
    }
    OptionalInt separator = view.corpus().separator();
    boolean inRows = view.corpus().metadata().containsKey(DataKeys.SEPARATOR_IN_ROWS);
    int[] key = keys(view);
    int[] order = byDomain(key);
    long[] domainOffsets = new long[view.corpus().domains().size() + 1];
    ImmutableLongArray.Builder sources = ImmutableLongArray.builder(order.length);
    ImmutableLongArray.Builder lengths = ImmutableLongArray.builder(order.length);
    ImmutableIntArray.Builder domains = ImmutableIntArray.builder(order.length);
    long[] offsets = new long[order.length + 1];
    double[] bytes = new double[order.length];
    TextBytes text = view.corpus().textBytes();
    for (int i = 0; i < order.length; i++) {
      int segment = order[i];
      boolean endsRow =
          i == order.length - 1 || view.rows().get(order[i + 1]) != view.rows().get(segment);
      long length = view.ends().get(segment) - view.starts().get(segment);
      boolean ended =
          inRows && view.corpus().token(view.ends().get(segment) - 1) == separator.getAsInt();
      offsets[i + 1] = offsets[i] + length + (endsRow && separator.isPresent() && !ended ? 1 : 0);
      Arrays.fill(domainOffsets, key[segment] + 1, domainOffsets.length, offsets[i + 1]);
      sources.add(view.starts().get(segment));
      lengths.add(length);
      domains.add(view.domains().get(segment));
      bytes[i] = // distributed evenly over the tokens and separator of a document
          text.perToken(
                  view.corpus().layout(), view.rows().get(segment), view.domains().get(segment))
              * length
              / (offsets[i + 1] - offsets[i]);
    }
    Packing packing =
        new Packing(
            view.corpus(),
            sequenceLength,
            separator.orElse(-1),
            sources.build(),
            lengths.build(),
            domains.build(),
            bytes,
            offsets,
            domainOffsets);
    if (packing.windows() < 1) {
      throw new IllegalArgumentException(
          "The data has %d tokens, but one window needs %d; use more data or a shorter sequence."
              .formatted(offsets[order.length], sequenceLength + 1));
    }
    return packing;
  }

  // Segments of one row stay together under the domain of its first segment.
  private static int[] keys(CorpusView view) {
    int[] key = new int[view.segments()];
    for (int i = 0; i < key.length; i++) {
      boolean continues = i > 0 && view.rows().get(i) == view.rows().get(i - 1);
      key[i] = continues ? key[i - 1] : view.domains().get(i);
    }
    return key;
  }

  private static int[] byDomain(int[] key) {
    return IntStream.range(0, key.length)
        .boxed()
        .sorted((a, b) -> Integer.compare(key[a], key[b])) // stable
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Returns the number of windows. */
  public long windows() {
    return (offsets[offsets.length - 1] - 1) / sequenceLength;
  }

  /** Returns the first window whose tokens all belong to rows of a domain. */
  long firstWindow(int domain) {
    return (domainOffsets[domain] + sequenceLength - 1) / sequenceLength;
  }

  /** Returns the number of windows whose tokens all belong to rows of a domain. */
  long windows(int domain) {
    long last = (domainOffsets[domain + 1] - 1) / sequenceLength; // the last token is a target only
    return Math.max(0, last - firstWindow(domain));
  }

  /** Returns the tokens per sequence, S. */
  public int sequenceLength() {
    return sequenceLength;
  }

  /** Returns the packed corpus. */
  public TokenCorpus corpus() {
    return corpus;
  }

  /** Writes a window into row {@code row} of a batch. */
  void fill(long window, Batch batch, int row) {
    visit(
        window,
        (i, segment, at) ->
            batch.set(
                row,
                i,
                token(segment, at),
                domains.get(segment),
                predicted(segment, at),
                bytes[segment]));
  }

  /** Returns the number of unmasked targets of a window. */
  int targets(long window) {
    if (!corpus.hasContext()) {
      return sequenceLength;
    }
    int[] count = new int[1];
    visit(window, (i, segment, at) -> count[0] += i > 0 && predicted(segment, at) ? 1 : 0);
    return count[0];
  }

  /** Visits each of the S + 1 tokens of a window. */
  private interface Visitor {
    void token(int i, int segment, long inSegment);
  }

  private void visit(long window, Visitor visitor) {
    long position = window * sequenceLength;
    int found = Arrays.binarySearch(offsets, position);
    int segment = found >= 0 ? found : -found - 2;
    for (int i = 0; i <= sequenceLength; i++, position++) {
      while (position >= offsets[segment + 1]) {
        segment++;
      }
      visitor.token(i, segment, position - offsets[segment]);
    }
  }

  private int token(int segment, long inSegment) {
    return inSegment < lengths.get(segment)
        ? corpus.token(sources.get(segment) + inSegment)
        : separator;
  }

  /**
   * Returns whether a token is an unmasked target; a separator is if the last token of its row is.
   */
  private boolean predicted(int segment, long inSegment) {
    long last = lengths.get(segment) - 1;
    return corpus.predicted(sources.get(segment) + Math.min(inSegment, last));
  }
}
