package org.jmoe.app.cli.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.TokenOptions;
import org.jmoe.data.corpus.DataSummary;
import org.jmoe.data.formats.DataKeys;
import org.jmoe.data.formats.TokenData;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Summarises a dataset. */
@Command(
    name = "inspect",
    description = {
      "Reads an entire dataset and reports its format, columns, rows, tokens, domains"
          + " and SHA-256.",
      "",
      "Malformed files, null tokens and tokens outside the stated vocabulary are"
          + " reported with their position."
    },
    mixinStandardHelpOptions = true)
final class DataInspect implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FILE|DIR", description = "The dataset.")
  Path path = Path.of("");

  @Mixin TokenOptions options = new TokenOptions();

  @Option(names = "--json", description = "Print one JSON object.")
  boolean json;

  @Override
  public Integer call() {
    TokenData data = options.open(path, ExtensionOptions.formats(spec));
    DataSummary summary = DataSummary.of(data);
    PrintWriter out = spec.commandLine().getOut();
    ObjectNode report = report(data, summary);
    if (json) {
      out.println(report.toPrettyString());
    } else {
      table(out, report, summary);
    }
    return 0;
  }

  private static ObjectNode report(TokenData data, DataSummary summary) {
    ObjectNode report = JsonNodeFactory.instance.objectNode();
    String stated = data.metadata().get(DataKeys.VOCABULARY);
    report.put("path", data.place());
    report.put("kind", data.kind());
    report.put("schema", data.schema());
    report.put("rows", summary.rows());
    report.put("heldOutRows", summary.heldOutRows());
    report.put("tokens", summary.tokens());
    report.put("minRowLength", summary.minRow());
    report.put("maxRowLength", summary.maxRow());
    report.put("meanRowLength", summary.meanRow());
    report.put("maxId", summary.maxId());
    report.put("vocabulary", stated == null ? String.valueOf(summary.maxId() + 1) : stated);
    report.put("vocabulary", report.get("vocabulary").asInt());
    ObjectNode domains = report.putObject("domains");
    summary
        .domains()
        .forEach(
            (name, d) ->
                domains
                    .putObject(name)
                    .put("rows", d.rows())
                    .put("tokens", d.tokens())
                    .put("heldOutRows", d.heldOutRows()));
    ArrayNode notes = report.putArray("notes");
    data.notes().forEach(notes::add);
    if (summary.context() > 0) {
      notes.add(
          "%d of the tokens are context: labels or a loss mask exclude them from the loss"
              .formatted(summary.context()));
    }
    report.put("sha256", data.sha256());
    report.putPOJO("metadata", data.metadata());
    return report;
  }

  private static void table(PrintWriter out, ObjectNode report, DataSummary summary) {
    line(out, "path", report.get("path").asText());
    line(out, "kind", report.get("kind").asText());
    line(out, "schema", report.get("schema").asText());
    line(out, "rows", "%,d (%,d held out)", summary.rows(), summary.heldOutRows());
    line(out, "tokens", "%,d", summary.tokens());
    line(
        out,
        "row length",
        "%,d to %,d, %,.1f on average",
        summary.minRow(),
        summary.maxRow(),
        summary.meanRow());
    line(
        out,
        "vocabulary",
        "%,d (largest id %,d)",
        report.get("vocabulary").asInt(),
        summary.maxId());
    line(out, "sha256", report.get("sha256").asText());
    report.get("notes").forEach(note -> line(out, "note", note.asText()));
    out.printf(Locale.ROOT, "%n%-28s %12s %14s%n", "domain", "rows", "tokens");
    summary
        .domains()
        .forEach(
            (name, d) ->
                out.printf(Locale.ROOT, "%-28s %,12d %,14d%n", name, d.rows(), d.tokens()));
    if (summary.domains().isEmpty()) {
      out.println("(no domain column)");
    }
    out.flush();
  }

  private static void line(PrintWriter out, String name, String format, Object... values) {
    String text = values.length == 0 ? format : String.format(Locale.ROOT, format, values);
    out.printf(Locale.ROOT, "%-12s %s%n", name, text);
  }
}
