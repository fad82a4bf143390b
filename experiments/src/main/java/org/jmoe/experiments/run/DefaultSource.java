package org.jmoe.experiments.run;

import java.nio.file.Path;
import org.jmoe.experiments.data.ByteTokenizer;
import org.jmoe.experiments.data.DefaultCorpus;
import org.jmoe.experiments.data.Progress;

/** The corpus that comes with the build: sources of Apache-licensed libraries, one domain each. */
public record DefaultSource() implements CorpusSource {
  @Override
  public Path locate(Progress progress) {
    return DefaultCorpus.locate().file(new ByteTokenizer(), progress);
  }

  @Override
  public long bytes() {
    return DefaultCorpus.locate().size();
  }
}
