package org.jmoe.data.text;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jmoe.data.formats.HuggingFaceFolder;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.io.FileBytes;
import org.jmoe.io.Magic;

/** Where texts come from; every call hands over the same documents in the same order. */
public interface TextSource {
  /** Bytes that reading will go through, as an estimate. */
  long size();

  /** Hands over every document. */
  void read(Consumer<Document> documents);

  /**
   * Names of fields in JSON lines and Arrow files.
   *
   * @param text field of the text
   * @param domain fields that may hold the label, the first present counts
   */
  record Fields(String text, List<String> domain) {}

  /**
   * A file or folder; what it is, is decided by its content, and for JSON lines by its name.
   *
   * @throws IllegalArgumentException when there is no such file
   */
  static TextSource of(Path path, Fields fields) {
    if (Files.isDirectory(path)) {
      return HuggingFaceFolder.isOne(path)
          ? new ArrowTexts(HuggingFaceFolder.shards(path), path, fields)
          : FolderTexts.of(path, fields);
    }
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException("There is no input " + path + "; check the path.");
    }
    String name = path.toString().toLowerCase(Locale.ROOT);
    try (FileBytes file = FileBytes.open(path)) {
      if (Magic.startsWith(file, "ARROW1") || name.endsWith(".arrow") || name.endsWith(".arrows")) {
        return new ArrowTexts(List.of(path), path, fields);
      }
      if (Magic.startsWith(file, "PAR1")) {
        throw TokenFormats.parquet(path);
      }
      if (Magic.startsWith(file, "PK")) {
        return new ZipTexts(path);
      }
    }
    return name.endsWith(".jsonl") || name.endsWith(".ndjson")
        ? new JsonLines(path, fields)
        : new FileText(path, stem(path));
  }

  /** A file's name without its extension. */
  static String stem(Path path) {
    String name = String.valueOf(path.getFileName());
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }
}
