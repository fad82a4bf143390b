package org.jmoe.data.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.jmoe.io.DataFormatException;

/** One text file, one document. */
record FileText(Path file, String domain) implements TextSource {
  @Override
  public long size() {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  @Override
  public void read(Consumer<Document> documents) {
    String text =
        text()
            .orElseThrow(
                () ->
                    new DataFormatException(file, "is not UTF-8 text; convert it or leave it out"));
    documents.accept(new Document(String.valueOf(file.getFileName()), domain, text, size()));
  }

  /** The text, nothing when the file holds something else. */
  Optional<String> text() {
    if (size() > Utf8Text.MAX_BYTES) {
      throw new DataFormatException(
          file,
          "has %d bytes, more than the %d of one document; split it"
              .formatted(size(), Utf8Text.MAX_BYTES));
    }
    try {
      return Utf8Text.decode(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
