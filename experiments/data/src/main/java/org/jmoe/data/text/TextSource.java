package org.jmoe.data.text;

import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.data.files.TextKind;
import org.jmoe.data.formats.HuggingFaceFolder;
import org.jmoe.io.DataFormatException;

/** Where texts come from; every call hands over the same documents in the same order. */
public interface TextSource {
  /** Bytes that reading will go through, as an estimate. */
  long size();

  /** Hands over every document, and says which files were read and which left out. */
  void read(TextVisitor visitor);

  /**
   * Names of fields in records of JSON, Arrow and Parquet.
   *
   * @param text field of the text
   * @param domain fields that may hold the label, the first present counts
   */
  record Fields(String text, List<String> domain) {}

  /**
   * How files are read.
   *
   * @param splits names of the splits of a folder to read; with none, training splits are read, and
   *     those for validation as held-out data
   * @param unknownAsText whether a file of no known kind is read as one document
   * @param formats of extensions
   */
  record Options(
      Fields fields,
      ImmutableList<String> splits,
      boolean unknownAsText,
      ImmutableList<TextFormat> formats) {
    /** Every split, and no unknown files or formats of other extensions. */
    public static Options of(Fields fields) {
      return new Options(fields, ImmutableList.of(), false, TextExtension.standard());
    }

    /** Returns whether a file of a name holds records rather than one document. */
    boolean holdsRecords(String name) {
      return TextKind.holdsRecords(name)
          || formats.stream().anyMatch(format -> format.recognizes(new byte[0], name));
    }
  }

  /** As {@link #of(Path, Options)}, with every split and without unknown files. */
  static TextSource of(Path path, Fields fields) {
    return of(path, Options.of(fields));
  }

  /**
   * A file or folder; what a file is, is decided by its content, and where that says nothing by its
   * name.
   *
   * @throws IllegalArgumentException when there is no such file
   * @throws DataFormatException when a folder does not have the wanted splits
   */
  static TextSource of(Path path, Options options) {
    if (Files.isDirectory(path)) {
      return HuggingFaceFolder.isOne(path)
          ? HuggingFaceTexts.of(path, options)
          : FolderTexts.of(path, options);
    }
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException("There is no input " + path + "; check the path.");
    }
    if (!options.splits().isEmpty()) {
      throw new IllegalArgumentException(
          "The input " + path + " is a file and has no splits; leave out --split.");
    }
    return new FileTexts(path, options);
  }
}
