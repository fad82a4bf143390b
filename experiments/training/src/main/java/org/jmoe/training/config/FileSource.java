package org.jmoe.training.config;

import java.nio.file.Path;
import org.jmoe.io.Progress;

/**
 * Tokens from a file or folder in any format that {@code jmoe data inspect} supports.
 *
 * @param path absolute path, or path relative to the working directory
 */
public record FileSource(String path) implements CorpusSource {
  @Override
  public Path locate(Progress progress) {
    return Path.of(path);
  }
}
