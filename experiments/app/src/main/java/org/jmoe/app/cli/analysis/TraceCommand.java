package org.jmoe.app.cli.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jmoe.analysis.labels.TokenTexts;
import org.jmoe.analysis.trace.Trace;
import org.jmoe.analysis.trace.TraceTable;
import org.jmoe.app.cli.option.ModelOptions;
import org.jmoe.app.cli.option.TokenizerOption;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.catalog.report.TraceGraph;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.io.Outputs;
import org.jmoe.models.hub.IdsFile;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.run.OpenedModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Traces a text through the experts of a model. */
@Command(
    name = "trace",
    description = {
      "Shows the chosen experts per token and layer, with their weights and output" + " shares.",
      "",
      "An expert's output share is <w f(x), y> / <y, y>, its contribution projected"
          + " onto the layer's output y. The shares of all experts, the shared expert and the"
          + " token itself sum to 1; an expert that counteracts the others has a negative"
          + " share."
    },
    footer = {"", "Example:", "  jmoe trace runs/quickstart --text 'if (x)' --out trace"},
    mixinStandardHelpOptions = true)
public final class TraceCommand implements Callable<Integer> {
  private static final String TABLE = "trace.arrow";
  private static final String GRAPHVIZ = "trace.dot";
  private static final String MERMAID = "trace.mmd";

  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin ModelOptions model = new ModelOptions();

  @Option(names = "--text", paramLabel = "TEXT", description = "The text to trace.")
  @Nullable String text;

  @Option(
      names = "--ids",
      paramLabel = "FILE.json",
      description = "Token ids to trace instead of a text, with a mask if there is padding.")
  @Nullable Path ids;

  @Option(
      names = "--drawn",
      paramLabel = "N",
      description = "Maximum number of tokens to draw, from the start (default: 8).")
  int drawn = 8;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write trace.arrow, trace.dot (Graphviz) and trace.mmd (Mermaid) there.")
  @Nullable Path out;

  @Option(names = "--force", description = "Replace existing files.")
  boolean force;

  @Mixin TokenizerOption tokenizer = new TokenizerOption();

  @Override
  public Integer call() {
    if ((text == null) == (ids == null)) {
      throw new UsageException("Give one of --text TEXT and --ids FILE.json.");
    }
    if (ids != null && !Files.isRegularFile(ids)) {
      throw new UsageException("There is no file " + ids + "; give a JSON file of token ids.");
    }
    if (out != null) {
      Outputs.requireFiles(out, List.of(TABLE, GRAPHVIZ, MERMAID), force);
    }
    if (drawn < 1) {
      throw new UsageException("--drawn must be at least 1, not " + drawn + ".");
    }
    try (OpenedModel opened = model.open()) {
      trace(opened);
    }
    return 0;
  }

  /** Traces the text, or the ids. */
  private void trace(OpenedModel model) {
    Optional<TextTokenizer> opened =
        text == null ? tokenizer.find(model) : Optional.of(tokenizer.open(model));
    try {
      IdsFile input =
          ids != null
              ? IdsFile.read(ids, model.model().spec().vocabulary())
              : new IdsFile(ImmutableList.of(encoded(opened.orElseThrow())), ImmutableList.of());
      TokenTexts texts = opened.map(TokenTexts::of).orElseGet(TokenTexts::unknown);
      Trace trace = Trace.of(model.model(), model.manager(), input.ids(), input.mask());
      PrintWriter printed = spec.commandLine().getOut();
      TraceText.print(trace, texts, printed);
      if (out != null) {
        write(trace, texts, out);
        printed.printf("%ntrace.arrow, trace.dot and trace.mmd: %s%n", out);
      }
    } finally {
      opened.ifPresent(TextTokenizer::close);
    }
  }

  private ImmutableLongArray encoded(TextTokenizer opened) {
    int[] read = opened.encode(text == null ? "" : text, false);
    if (read.length == 0) {
      throw new UsageException("--text '" + text + "' has no token; give a longer text.");
    }
    return ImmutableLongArray.copyOf(Arrays.stream(read).asLongStream());
  }

  private void write(Trace trace, TokenTexts texts, Path target) {
    TraceGraph graph = new TraceGraph(trace, texts, drawn);
    try {
      Files.createDirectories(target);
      TraceTable.write(trace, texts, target.resolve(TABLE));
      RunDirectory.writeText(target.resolve(GRAPHVIZ), graph.dot());
      RunDirectory.writeText(target.resolve(MERMAID), graph.mermaid());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write into " + target, e);
    }
  }
}
