package org.jmoe.io.arrow;

import com.google.common.base.Preconditions;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VariableWidthFieldVector;
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
    byte[] bytes = ((VariableWidthFieldVector) vector).get(row);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "row %d of column %s is not valid UTF-8".formatted(row, vector.getName()), e);
    }
  }
}
