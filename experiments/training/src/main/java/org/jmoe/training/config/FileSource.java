package org.jmoe.training.config;

import java.nio.file.Path;
import org.jmoe.io.Progress;

/**
 * Tokens of a file or folder in any format that {@code jmoe data inspect} knows.
 *
 * @param path relative to the working folder, or absolute
 */
public record FileSource(String path) implements CorpusSource {
  @Override
  public Path locate(Progress progress) {
    return Path.of(path);
  }
}
