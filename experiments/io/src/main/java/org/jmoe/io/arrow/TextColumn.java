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

/** Values of a string column, plain or dictionary-encoded, or of a column of integer labels. */
public final class TextColumn {
  private final FieldVector vector;
  private final @Nullable List<String> words;

  /** Creates a plain column. */
  TextColumn(FieldVector vector) {
    this(vector, null);
  }

  /** Creates a dictionary-encoded column of indices into {@code words}. */
  TextColumn(FieldVector vector, @Nullable List<String> words) {
    this.vector = vector;
    this.words = words;
  }

  /** Returns the value of a row; may be null. */
  public @Nullable String at(int row) {
    if (vector.isNull(row)) {
      return null;
    }
    if (words != null) {
      long index = ((BaseIntVector) vector).getValueAsLong(row);
      Preconditions.checkArgument(
          index >= 0 && index < words.size(),
          "row %s of column %s has index %s, but its dictionary has %s values",
          row,
          vector.getName(),
          index,
          words.size());
      return words.get((int) index);
    }
    if (vector instanceof BaseIntVector numbers) {
      return Long.toString(numbers.getValueAsLong(row)); // integer labels
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

  // Arrow allocates the declared length of a view before checking it.
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
        inside, "row %s of column %s points outside of its data", row, views.getName());
  }
}
