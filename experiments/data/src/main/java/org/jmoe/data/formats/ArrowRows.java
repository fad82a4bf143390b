package org.jmoe.data.formats;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.FieldVector;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.arrow.ListSpans;
import org.jmoe.io.arrow.LoadedBatch;
import org.jmoe.io.arrow.TextColumn;
import org.jspecify.annotations.Nullable;

/**
 * Iterates over the rows of loaded batches. A flat column is a single row, even if it spans several
 * batches.
 */
public final class ArrowRows {
  /** Value of the split column that marks held-out rows. */
  public static final String HELD_OUT = "validation";

  private static final int PIECE = 1 << 16;

  private final Path file;
  private final RowMasks masks;
  private final TokenVisitor visitor;
  private final int[] piece = new int[PIECE];
  private int filled;
  private long row;
  private @Nullable String pieceDomain;
  private boolean pieceContext;

  /**
   * Creates an iterator that numbers rows from {@code firstRow}, which is positive for later
   * shards.
   */
  ArrowRows(Path file, TokenVisitor visitor, long firstRow) {
    this.file = file;
    this.masks = new RowMasks(file);
    this.visitor = visitor;
    this.row = firstRow;
  }

  /** Returns the number of rows so far; for a flat column, the number of values. */
  long row() {
    return row;
  }

  /** Passes a batch to the visitor; returns whether to continue. */
  boolean accept(LoadedBatch batch) {
    Optional<ListSpans> spans = ListSpans.of(batch.main());
    return spans.isPresent()
        ? acceptLists(batch, spans.get())
        : acceptFlat(batch, (BaseIntVector) batch.main());
  }

  private boolean acceptLists(LoadedBatch batch, ListSpans spans) {
    FieldVector lists = spans.lists();
    BaseIntVector values = spans.values();
    Optional<TextColumn> domains = batch.domain();
    Optional<TextColumn> splits = batch.split();
    List<Mask> rowMasks =
        batch.masks().stream()
            .map(m -> new Mask(m.getName(), ListSpans.of(m).orElseThrow()))
            .toList();
    boolean nulls = lists.getNullCount() > 0;
    boolean nullTokens = values.getNullCount() > 0;
    for (int i = 0; i < batch.rows(); i++, row++) {
      if (nulls && lists.isNull(i)) {
        throw new DataFormatException(
            file,
            "has a null instead of a list of tokens in row %d; remove or fill that row"
                .formatted(row));
      }
      pieceDomain = label(domains, i);
      long start = spans.starts().at(i);
      long end = spans.ends().at(i);
      if (start < 0 || start > end || end > values.getValueCount()) {
        throw new DataFormatException(
            file,
            "is malformed: row %d refers to tokens %d to %d of %d; write or copy the file again"
                .formatted(row, start, end, values.getValueCount()));
      }
      for (Mask mask : rowMasks) {
        mask.check(masks, i, end - start, row);
      }
      for (int at = (int) start; at < end; at++) {
        if (rowMasks.isEmpty()) {
          add(values, at, row, at - start, nullTokens);
        } else if (attended(rowMasks, i, at - start)) {
          context(!predicted(rowMasks, i, at - start, values, at));
          add(values, at, row, at - start, nullTokens);
        }
      }
      flush();
      if (!visitor.endRow(HELD_OUT.equals(label(splits, i)))) {
        return false;
      }
    }
    return true;
  }

  private boolean attended(List<Mask> rowMasks, int index, long position) {
    for (Mask mask : rowMasks) {
      if (mask.name().equals(RowMasks.ATTENTION)
          && !masks.attended(mask.at(index, position), row, position)) {
        return false;
      }
    }
    return true;
  }

  private boolean predicted(
      List<Mask> rowMasks, int index, long position, BaseIntVector values, int at) {
    boolean predicted = true;
    for (Mask mask : rowMasks) {
      if (!mask.name().equals(RowMasks.ATTENTION)) {
        long id = values.getValueAsLong(at);
        predicted &= masks.predicted(mask.name(), mask.at(index, position), id, row, position);
      }
    }
    return predicted;
  }

  /** A list column with a value per token. */
  private record Mask(String name, ListSpans spans) {
    long at(int index, long position) {
      int at = (int) (spans.starts().at(index) + position);
      return spans.values().getValueAsLong(at);
    }

    void check(RowMasks masks, int index, long tokens, long row) {
      long start = spans.starts().at(index);
      long end = spans.ends().at(index);
      boolean missing = spans.lists().isNull(index);
      boolean inside = start >= 0 && start <= end && end <= spans.values().getValueCount();
      masks.checkLength(name, missing || !inside ? 0 : end - start, tokens, row);
      for (int at = (int) start; !missing && at < end; at++) {
        if (((FieldVector) spans.values()).isNull(at)) {
          throw masks.missing(name, row, at - start);
        }
      }
    }
  }

  private boolean acceptFlat(LoadedBatch batch, BaseIntVector values) {
    Optional<TextColumn> domains = batch.domain();
    boolean nullTokens = values.getNullCount() > 0;
    for (int i = 0; i < batch.rows(); i++, row++) {
      String domain = label(domains, i);
      if (!Objects.equals(domain, pieceDomain)) {
        flush();
        pieceDomain = domain;
      }
      add(values, i, 0, row, nullTokens);
    }
    flush();
    return true;
  }

  private void add(BaseIntVector values, int at, long inRow, long position, boolean nullTokens) {
    if (nullTokens && ((FieldVector) values).isNull(at)) {
      throw new DataFormatException(
          file,
          "has a null instead of a token in row %d at position %d; remove or fill that row"
              .formatted(inRow, position));
    }
    long id = values.getValueAsLong(at);
    if (id < 0 || id > Integer.MAX_VALUE) {
      throw VocabularyCheck.outside(file.toString(), id, inRow, position, Integer.MAX_VALUE);
    }
    if (filled == PIECE) {
      flush();
    }
    piece[filled++] = (int) id;
  }

  private void flush() {
    if (filled > 0) {
      if (pieceContext) {
        visitor.context(piece, filled, pieceDomain);
      } else {
        visitor.tokens(piece, filled, pieceDomain);
      }
      filled = 0;
    }
  }

  private void context(boolean context) {
    if (context != pieceContext) {
      flush();
      pieceContext = context;
    }
  }

  private @Nullable String label(Optional<TextColumn> column, int index) {
    if (column.isEmpty()) {
      return null;
    }
    try {
      return column.get().at(index);
    } catch (RuntimeException e) {
      throw new DataFormatException(
          file, "is malformed: %s; write or copy the file again".formatted(e.getMessage()), e);
    }
  }
}
