package org.jmoe.data.formats;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.flatbuf.MessageHeader;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.FileBytes;
import org.jmoe.io.Magic;
import org.jmoe.io.arrow.IpcMessage;

/** Finds out what a file is by its content and opens it. */
public final class TokenFormats {
  private TokenFormats() {}

  static TokenData open(Path path) {
    if (Files.isDirectory(path)) {
      return new ArrowTokenData(
          path, HuggingFaceFolder.shards(path), "Hugging Face dataset folder");
    }
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException("There is no data file " + path + "; check the path.");
    }
    try (FileBytes file = FileBytes.open(path)) {
      return open(file);
    }
  }

  private static TokenData open(FileBytes file) {
    Path path = file.path();
    if (file.size() == 0) {
      throw file.broken("is empty; write or copy the file again");
    }
    if (Magic.startsWith(file, "PAR1")) {
      throw parquet(path);
    }
    if (Magic.startsWith(file, "ARROW1")) {
      return new ArrowTokenData(path, List.of(path), "Arrow IPC file");
    }
    if (Magic.startsWith(file, MegatronData.MAGIC)) {
      return MegatronData.ofIndex(path);
    }
    if (beginsWithSchema(file)) {
      return new ArrowTokenData(path, List.of(path), "Arrow IPC stream");
    }
    if (path.toString().endsWith(".bin")) {
      Path index = Path.of(path.toString().replaceAll("bin$", "idx"));
      return Files.isRegularFile(index) ? MegatronData.ofIndex(index) : BinData.of(file);
    }
    throw file.broken(
        "is no token file: it is not an Arrow file or stream, a Megatron .idx or a .bin of 16-bit"
            + " tokens; turn text into tokens with jmoe data build");
  }

  private static boolean beginsWithSchema(FileBytes file) {
    if (file.size() >= 4 && file.read(0, 4, "the first bytes").getInt(0) == -1) {
      return !file.path().toString().endsWith(".bin") || schemaFirst(file);
    }
    return schemaFirst(file);
  }

  private static boolean schemaFirst(FileBytes file) {
    try {
      IpcMessage first = IpcMessage.at(file, 0, file.size());
      return first != null && first.message().headerType() == MessageHeader.Schema;
    } catch (RuntimeException e) {
      return false; // not a stream, whatever else it is
    }
  }

  /** The error for a Parquet file, naming the way to Arrow. */
  public static DataFormatException parquet(Path file) {
    return new DataFormatException(
        file,
        "is Parquet, which is not read here; convert it with Python:"
            + " datasets.load_dataset('parquet', data_files=FILE,"
            + " split='train').save_to_disk(FOLDER)");
  }
}
