package org.jmoe.data.text;

import java.nio.file.Path;
import java.util.Optional;
import org.jmoe.data.files.DataNames;
import org.jmoe.io.DataFormatException;

/**
 * The texts of a file that the user specified: unreadable files are an error, but empty files are
 * skipped.
 */
record FileTexts(Path file, TextSource.Options options) implements TextSource {
  @Override
  public long size() {
    return FolderTexts.bytes(file);
  }

  @Override
  public void read(TextVisitor visitor) {
    String name = String.valueOf(file.getFileName());
    String stem = DataNames.stem(name);
    Optional<String> problem = new TextReader(file, options, visitor).read(name, stem, stem);
    if (problem.isPresent() && size() > 0) {
      throw new DataFormatException(file, problem.get());
    }
    problem.ifPresent(why -> visitor.skipped(name, why));
  }
}
