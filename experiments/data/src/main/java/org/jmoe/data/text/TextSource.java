package org.jmoe.data.text;

import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.data.files.TextKind;
import org.jmoe.data.formats.HuggingFaceFolder;
import org.jmoe.io.DataFormatException;

/** A source of documents; every call returns the same documents in the same order. */
public interface TextSource {
  /** Returns the estimated number of bytes to read. */
  long size();

  /** Passes every document to the visitor, and reports which files were read and skipped. */
  void read(TextVisitor visitor);

  /**
   * Names of fields in records of JSON, Arrow and Parquet.
   *
   * @param text name of the text field
   * @param domain names of domain fields; the first present field is used
   */
  record Fields(String text, List<String> domain) {}

  /**
   * Read options.
   *
   * @param splits names of the splits of a folder to read; if empty, training splits are read, and
   *     validation splits as held-out data
   * @param unknownAsText whether to read files of unknown format as plain text
   * @param formats formats of files with several documents
   */
  record Options(
      Fields fields,
      ImmutableList<String> splits,
      boolean unknownAsText,
      ImmutableList<TextFormat> formats) {
    /**
     * Returns default options: no selected splits, no files of unknown format, and built-in
     * formats.
     */
    public static Options of(Fields fields) {
      return new Options(fields, ImmutableList.of(), false, TextExtension.standard());
    }

    /** Returns whether a file with this name contains records rather than one document. */
    boolean holdsRecords(String name) {
      return TextKind.holdsRecords(name)
          || formats.stream().anyMatch(format -> format.recognizes(new byte[0], name));
    }
  }

  /** Returns the source for a file or folder, with default options. */
  static TextSource of(Path path, Fields fields) {
    return of(path, Options.of(fields));
  }

  /**
   * Returns the source for a file or folder. Formats are detected by content, or otherwise by name.
   *
   * @throws IllegalArgumentException if the path does not exist
   * @throws DataFormatException if a folder does not have the requested splits
   */
  static TextSource of(Path path, Options options) {
    if (Files.isDirectory(path)) {
      return HuggingFaceFolder.isOne(path)
          ? HuggingFaceTexts.of(path, options)
          : FolderTexts.of(path, options);
    }
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException("The input " + path + " does not exist; check the path.");
    }
    if (!options.splits().isEmpty()) {
      throw new IllegalArgumentException(
          "The input " + path + " is a file without splits; omit --split.");
    }
    return new FileTexts(path, options);
  }
}
