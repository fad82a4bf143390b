package org.jmoe.io.arrow;

import java.util.Optional;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.LargeListViewVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.ListViewVector;

/** Start and end of each row among the values of a list column, for all kinds of lists. */
public record ListSpans(FieldVector lists, BaseIntVector values, Span starts, Span ends) {
  /** An index into the values, by row. */
  public interface Span {
    long at(int row);
  }

  /** Returns the spans of a list column; empty for a flat column. */
  public static Optional<ListSpans> of(FieldVector column) {
    if (column instanceof ListVector list) {
      return of(list, list.getDataVector(), list::getElementStartIndex, list::getElementEndIndex);
    }
    if (column instanceof LargeListVector list) {
      return of(list, list.getDataVector(), list::getElementStartIndex, list::getElementEndIndex);
    }
    if (column instanceof FixedSizeListVector list) {
      return of(list, list.getDataVector(), list::getElementStartIndex, list::getElementEndIndex);
    }
    // Arrow 18.3 returns the size of a list view as its end.
    if (column instanceof ListViewVector list) {
      ArrowBuf sizes = list.getSizeBuffer();
      Span starts = list::getElementStartIndex;
      Span ends = row -> starts.at(row) + sizes.getInt(4L * row);
      return of(list, list.getDataVector(), starts, ends);
    }
    if (column instanceof LargeListViewVector list) {
      ArrowBuf offsets = list.getOffsetBuffer();
      ArrowBuf sizes = list.getSizeBuffer();
      Span starts = row -> offsets.getLong(8L * row);
      Span ends = row -> starts.at(row) + sizes.getLong(8L * row);
      return of(list, list.getDataVector(), starts, ends);
    }
    return Optional.empty();
  }

  private static Optional<ListSpans> of(
      FieldVector lists, FieldVector values, Span starts, Span ends) {
    return Optional.of(new ListSpans(lists, (BaseIntVector) values, starts, ends));
  }
}
