package org.jmoe.app.examples;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jmoe.data.corpus.CorpusBuilder;
import org.jmoe.data.corpus.HeldOut;
import org.jmoe.data.text.TextSource;
import org.jmoe.data.tokenizer.ByteTokenizer;
import org.jmoe.io.Progress;
import org.jmoe.training.config.DataSpec;
import org.jmoe.training.config.FileSource;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.results.Summary;
import org.jmoe.training.run.Run;

/** Tokenizes a folder of text files into an Arrow file and trains on it. */
public final class CustomData {
  private CustomData() {}

  /**
   * Trains on the texts in {@code args[0]}, one subfolder per domain; writes to {@code args[1]}.
   */
  public static void main(String[] args) {
    Path texts = Path.of(args[0]);
    Path out = Path.of(args[1]);
    Path tokens = texts.resolveSibling("tokens.arrow");

    TextSource source = TextSource.of(texts, new TextSource.Fields("text", List.of("domain")));
    HeldOut tenth = new HeldOut(0.1, 0); // 10 %, by a hash of the document name
    new CorpusBuilder(new ByteTokenizer(), false, tenth, false, Map.of())
        .build(List.of(source), tokens, true, Progress.none());

    RunConfig smoke = Presets.named("smoke").config();
    DataSpec data = new DataSpec(new FileSource(tokens.toString()), 0.1);
    RunConfig config = new RunConfig(smoke.seed(), data, smoke.model(), smoke.training());
    Summary summary = Run.of(config).execute(out);
    System.out.printf("held-out loss: %.2f nats per token%n", summary.validationNats());
  }
}
