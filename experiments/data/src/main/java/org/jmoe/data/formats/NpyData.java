package org.jmoe.data.formats;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jmoe.io.FileBytes;
import org.jmoe.io.Magic;

/** NumPy arrays: a single row, or a matrix of rows. */
final class NpyData {
  private static final String MAGIC = "\u0093NUMPY";
  private static final int MAX_HEADER = 1 << 16;
  private static final Pattern TYPE = Pattern.compile("'descr':\\s*'([<>=|])([a-z])(\\d+)'");
  private static final Pattern SHAPE =
      Pattern.compile("'shape':\\s*\\(\\s*(\\d{1,18})\\s*,?\\s*(\\d{1,18})?\\s*,?\\s*\\)");

  private NpyData() {}

  static Optional<TokenData> open(FileBytes file, TokenData.Options options) {
    if (!Magic.startsWith(file, MAGIC)) {
      return Optional.empty();
    }
    int version = file.read(6, 1, "the NumPy version").get(0);
    int lengthBytes = version == 1 ? 2 : 4;
    ByteBuffer lengths = file.read(8, lengthBytes, "the length of the NumPy header");
    long length = version == 1 ? lengths.getShort(0) & 0xFFFF : lengths.getInt(0);
    if (version < 1 || version > 3 || length < 0 || length > MAX_HEADER) {
      throw file.malformed(
          "has a NumPy header of version %d and %d bytes; save it again with numpy.save"
              .formatted(version, length));
    }
    long start = 8 + lengthBytes + length;
    String header =
        StandardCharsets.ISO_8859_1
            .decode(file.read(8 + lengthBytes, (int) length, "the NumPy header"))
            .toString();
    IntCode code = code(file, header);
    if (options.dtype().filter(given -> given != code).isPresent()) {
      throw file.malformed("has the type %s in its header; omit --dtype".formatted(code.title()));
    }
    return Optional.of(shaped(file, header, code, start));
  }

  private static RawTokens shaped(FileBytes file, String header, IntCode code, long start) {
    Matcher shape = SHAPE.matcher(header);
    if (!shape.find() || header.contains("'fortran_order': True")) {
      throw file.malformed(
          "is not a one- or two-dimensional array in row-major order (%s); save numpy.ascontiguousarray of it"
              .formatted(header.strip()));
    }
    long first = Long.parseLong(shape.group(1));
    long second = shape.group(2) == null ? -1 : Long.parseLong(shape.group(2));
    long held = (file.size() - start) / code.bytes();
    boolean fits =
        second <= 0
            ? second < 0 ? first == held : held == 0
            : first == held / second && held % second == 0;
    if (!fits || (file.size() - start) % code.bytes() != 0) {
      throw file.malformed(
          "is truncated or corrupt: its NumPy header has the shape %s, but %d bytes follow; write or copy the file again"
              .formatted(shape.group().replaceAll(".*:\\s*", ""), file.size() - start));
    }
    long row = Math.max(1, second < 0 ? first : second);
    return RawTokens.rows(file, "NumPy array", code, start, held, row);
  }

  private static IntCode code(FileBytes file, String header) {
    Matcher type = TYPE.matcher(header);
    if (!type.find()) {
      throw file.malformed("has no scalar type in its NumPy header; save tokens as uint32");
    }
    String kind = String.valueOf(type.group(2));
    String name = (kind.equals("u") ? "uint" : kind.equals("i") ? "int" : "?") + bits(type);
    Optional<IntCode> code = IntCode.named(name);
    if (String.valueOf(type.group(1)).equals(">") || code.isEmpty()) {
      throw file.malformed(
          "has the unsupported NumPy type %s; save it as little-endian uint16 or uint32"
              .formatted(type.group().replaceAll(".*:\\s*", "")));
    }
    return code.get();
  }

  private static String bits(Matcher type) {
    String bytes = String.valueOf(type.group(3));
    return bytes.length() > 2 ? bytes : Integer.toString(8 * Integer.parseInt(bytes));
  }
}
