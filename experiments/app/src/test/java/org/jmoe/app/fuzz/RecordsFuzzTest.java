package org.jmoe.app.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jmoe.io.DataFormatException;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.Summary;
import org.jmoe.training.results.TrainedRows;

/** Fuzzes parts that fuzzed files rarely reach: records, headers and compressed frames. */
final class RecordsFuzzTest {
  private static final int LZ4_FRAME = 0x184D2204;
  private static final int DATA = 64; // bytes after a header

  @FuzzTest(maxDuration = "30m")
  void summary(byte[] data) throws IOException {
    FuzzedFile.parse(
        "summary.json",
        data,
        DataFormatException.class,
        file -> Summary.read(new RunDirectory(file.resolveSibling(""))));
  }

  @FuzzTest(maxDuration = "30m")
  void trainedRows(byte[] data) throws IOException {
    FuzzedFile.parse(
        TrainedRows.NAME,
        data,
        DataFormatException.class,
        file -> TrainedRows.of(file.resolveSibling("")));
  }

  @FuzzTest(maxDuration = "30m")
  void provenance(byte[] data) throws IOException {
    FuzzedFile.parse(
        "provenance.json",
        data,
        DataFormatException.class,
        file -> TrainedRows.ofRun(new RunDirectory(file.resolveSibling("")), 0.1, 1));
  }

  /** JSON header of a safetensors file with a matching length field. */
  @FuzzTest(maxDuration = "30m")
  void safetensorsHeader(byte[] data) throws IOException {
    ByteBuffer whole =
        ByteBuffer.allocate(8 + data.length + DATA)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(data.length)
            .put(data);
    FuzzedFile.in(
        "model.safetensors",
        whole.array(),
        file -> {
          try {
            ParsersFuzzTest.readTensors(file);
          } catch (DataFormatException e) {
            Sentences.require(e, data);
          }
        });
  }

  /** First compressed buffer of an Arrow file, including its length field. */
  @FuzzTest(maxDuration = "30m")
  void lz4Frame(byte[] data) throws IOException {
    byte[] file = arrow();
    int at = frame(file) - Long.BYTES;
    System.arraycopy(data, 0, file, at, Math.min(data.length, file.length - at - DATA));
    FuzzedFile.in("data.arrow", file, path -> ParsersFuzzTest.readTokens(path, data));
  }

  private static byte[] arrow() throws IOException {
    try (InputStream valid =
        RecordsFuzzTest.class.getResourceAsStream("ParsersFuzzTestInputs/arrow/lz4")) {
      return Objects.requireNonNull(valid).readAllBytes();
    }
  }

  private static int frame(byte[] file) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    while (bytes.getInt(at) != LZ4_FRAME) {
      at++;
    }
    return at;
  }
}
