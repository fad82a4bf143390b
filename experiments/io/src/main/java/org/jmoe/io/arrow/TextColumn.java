package org.jmoe.io.arrow;

import com.google.common.base.Preconditions;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VariableWidthFieldVector;
import org.apache.arrow.vector.ViewVarCharVector;
import org.jspecify.annotations.Nullable;

/** Words of a column of strings, plain or by dictionary, or of numbers that stand for words. */
public final class TextColumn {
  private final FieldVector vector;
  private final @Nullable List<String> words;

  /** A plain column. */
  TextColumn(FieldVector vector) {
    this(vector, null);
  }

  /** A column of indices into words. */
  TextColumn(FieldVector vector, @Nullable List<String> words) {
    this.vector = vector;
    this.words = words;
  }

  /** The word of a row, null where the row has none. */
  public @Nullable String at(int row) {
    if (vector.isNull(row)) {
      return null;
    }
    if (words != null) {
      long index = ((BaseIntVector) vector).getValueAsLong(row);
      Preconditions.checkArgument(
          index >= 0 && index < words.size(),
          "row %s of column %s has the index %s of a dictionary of %s words",
          row,
          vector.getName(),
          index,
          words.size());
      return words.get((int) index);
    }
    if (vector instanceof BaseIntVector numbers) {
      return Long.toString(numbers.getValueAsLong(row)); // labels by number
    }
    if (vector instanceof ViewVarCharVector views) {
      checkView(views, row);
    }
    byte[] bytes = ((VariableWidthFieldVector) vector).get(row);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "row %d of column %s is not valid UTF-8".formatted(row, vector.getName()), e);
    }
  }

  // Arrow allocates what a view claims before it looks whether that is there.
  private static void checkView(ViewVarCharVector views, int row) {
    ArrowBuf view = views.getDataBuffer();
    long at = (long) BaseVariableWidthViewVector.ELEMENT_SIZE * row;
    int length = view.getInt(at);
    boolean inside = length >= 0;
    if (length > BaseVariableWidthViewVector.INLINE_SIZE) {
      int buffer = view.getInt(at + 8);
      int offset = view.getInt(at + 12);
      List<ArrowBuf> buffers = views.getDataBuffers();
      inside =
          buffer >= 0
              && buffer < buffers.size()
              && offset >= 0
              && (long) offset + length <= buffers.get(buffer).capacity();
    }
    Preconditions.checkArgument(
        inside, "row %s of column %s lies outside of its text", row, views.getName());
  }
}
