package org.jmoe.data.corpus;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jmoe.data.formats.ArrowRows;
import org.jmoe.data.formats.DataKeys;
import org.jmoe.data.formats.TokenWriter;
import org.jmoe.data.text.Document;
import org.jmoe.data.text.LicenceHeader;
import org.jmoe.data.text.TextSource;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.data.tokenizer.TokenizationException;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;
import org.jmoe.io.Progress;

/**
 * Tokenizes texts into an Arrow file with one row per document.
 *
 * @param tokenizer tokenizer
 * @param specialTokens whether to add the special tokens of the tokenizer's template to each
 *     document
 * @param heldOut selects validation documents
 * @param stripLicences whether to remove the licence comment at the top of source files
 * @param description description of the corpus, for the file's metadata
 */
public record CorpusBuilder(
    TextTokenizer tokenizer,
    boolean specialTokens,
    HeldOut heldOut,
    boolean stripLicences,
    Map<String, String> description) {

  /** Makes a defensive copy. */
  public CorpusBuilder {
    description = Map.copyOf(description);
  }

  /** Statistics of a build. */
  public record Built(long rows, long tokens, long heldOutRows, int domains) {}

  /** Builds a file; the first malformed record is an error. */
  public Built build(List<TextSource> sources, Path output, boolean replace, Progress progress) {
    return build(sources, output, replace, ReadReport.allowing(0), progress);
  }

  /**
   * Builds a file.
   *
   * @param replace whether to replace an existing file
   * @param report receives the files that were read and skipped
   * @throws IllegalArgumentException if the sources contain no text, or the output exists
   * @throws DataFormatException if a source is malformed, or more records than the report allows
   */
  public Built build(
      List<TextSource> sources,
      Path output,
      boolean replace,
      ReadReport report,
      Progress progress) {
    tokenizer
        .randomness()
        .ifPresent(
            why -> {
              throw new IllegalArgumentException(
                  "The tokens would not be reproducible: " + why + ".");
            });
    try (TokenWriter writer = new TokenWriter(output, replace, metadata())) {
      Tally tally = new Tally(writer, report, progress);
      sources.forEach(source -> source.read(tally));
      if (tally.tokens == 0) {
        throw new IllegalArgumentException(
            "The corpus is empty: the inputs contain no text (%s); specify text files, folders, JSON lines or archives."
                .formatted(report.line()));
      }
      writer.finish(Map.of(DataKeys.TEXT_BYTES, tally.textBytes()));
      return new Built(tally.rows, tally.tokens, tally.heldOutRows, tally.bytes.size());
    }
  }

  private Map<String, String> metadata() {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put(DataKeys.VOCABULARY, Integer.toString(tokenizer.vocabulary()));
    metadata.put(DataKeys.TOKENIZER, tokenizer.name());
    metadata.put(DataKeys.TOKENIZER_SHA256, tokenizer.sha256());
    tokenizer.separator().ifPresent(s -> metadata.put(DataKeys.SEPARATOR, Integer.toString(s)));
    ObjectNode build = Json.mapper().createObjectNode();
    new TreeMap<>(description).forEach(build::put);
    build.put("specialTokens", specialTokens);
    build.put("validation", heldOut.share());
    build.put("seed", heldOut.seed());
    build.put("stripLicences", stripLicences);
    metadata.put(DataKeys.BUILD, build.toString());
    return metadata;
  }

  private final class Tally extends ReportingVisitor {
    private final TokenWriter writer;
    private final ReadReport report;
    private final Map<String, long[]> bytes = new TreeMap<>(); // training, validation
    private long rows;
    private long tokens;
    private long heldOutRows;

    Tally(TokenWriter writer, ReadReport report, Progress progress) {
      super(report, progress);
      this.writer = writer;
      this.report = report;
    }

    @Override
    public void document(Document document) {
      String text = stripLicences ? LicenceHeader.strip(document.text()) : document.text();
      int[] ids = text.isEmpty() ? new int[0] : encode(document.name(), text);
      if (ids.length > 0) {
        boolean held = document.heldOut() || heldOut.test(document.name());
        writer.add(ids, document.domain(), held);
        bytes.computeIfAbsent(document.domain(), d -> new long[2])[held ? 1 : 0] +=
            text.getBytes(StandardCharsets.UTF_8).length;
        rows++;
        tokens += ids.length;
        heldOutRows += held ? 1 : 0;
      } else {
        report.emptyDocument();
      }
    }

    private int[] encode(String name, String text) {
      try {
        return tokenizer.encode(text, specialTokens);
      } catch (TokenizationException e) {
        throw e.ofDocument(name);
      }
    }

    String textBytes() {
      ObjectNode json = Json.mapper().createObjectNode();
      bytes.forEach(
          (domain, b) -> json.putObject(domain).put("train", b[0]).put(ArrowRows.HELD_OUT, b[1]));
      return json.toString();
    }
  }
}
