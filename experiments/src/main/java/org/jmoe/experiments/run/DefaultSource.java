package org.jmoe.experiments.run;

import java.nio.file.Path;

/** The corpus that comes with the build: sources of Apache-licensed libraries, one domain each. */
public record DefaultSource() implements CorpusSource {
  @Override
  public Path locate() {
    throw new UnsupportedOperationException("filled in below");
  }
}
