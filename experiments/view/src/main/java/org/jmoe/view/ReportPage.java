package org.jmoe.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableListMultimap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jmoe.catalog.Catalog;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.view.data.Folders;
import org.jmoe.view.data.RunTable;
import org.jmoe.view.data.Sentences;
import org.jmoe.view.model.Models;

/**
 * The page as a self-contained HTML file: its scripts, and the responses to the requests that it
 * makes. It loads nothing from the network, and its content security policy blocks all other
 * scripts.
 */
public final class ReportPage {
  /** File name of the report in folders of runs and experiments. */
  public static final String NAME = "report.html";

  private static final int MAX_RUNS = 60; // some 200 kB each

  private final Api api;
  private final Assets assets = new Assets();
  private final ObjectNode answers = JsonNodeFactory.instance.objectNode();

  private ReportPage(Api api) {
    this.api = api;
  }

  /**
   * Writes the report of a finished run or experiment to {@value #NAME} in a folder. A failure is
   * only a warning, since the results themselves are complete.
   *
   * @param results folder of the run or experiment
   * @param warnings receives the warning
   */
  public static void write(Path results, Path folder, RunJson json, Consumer<String> warnings) {
    try (Models models = new Models(json, null, null)) {
      Api api =
          new Api(
              new Folders(List.of(results)),
              new RunTable(json),
              models,
              Catalog.of(json.extensions()));
      write(api, folder.resolve(NAME), "");
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      warnings.accept(
          "warning: %s could not be written (%s); jmoe view %s --out FILE writes it"
              .formatted(folder.resolve(NAME), Sentences.of(e), results));
    }
  }

  /**
   * Writes the report of all folders.
   *
   * @param text text to trace through each model; empty for none
   */
  public static void write(Api api, Path file, String text) {
    try {
      RunDirectory.writeText(file, new ReportPage(api).html(text));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private String html(String text) {
    JsonNode list = ask("runs", Map.of());
    if (list.path("experiments").isEmpty()) {
      runs(list.path("runs"));
    } else {
      ((ObjectNode) list).putArray("runs"); // trials are in their experiment
    }
    list.path("experiments").forEach(e -> ask("experiment", Map.of("experiment", id(e))));
    if (!text.isEmpty()) {
      list.path("runs").forEach(run -> text(id(run), text));
      list.path("checkpoints").forEach(checkpoint -> text(id(checkpoint), text));
      answers.put("text", text);
    }
    return page();
  }

  private static String id(JsonNode row) {
    return row.path("id").asText();
  }

  private void runs(JsonNode rows) {
    int count = 0;
    for (JsonNode row : rows) {
      String id = id(row);
      ask("spark", Map.of("run", id));
      if (count++ >= MAX_RUNS || row.has("error")) {
        continue;
      }
      ask("curves", Map.of("run", id));
      JsonNode layers = ask("load", Map.of("run", id, "layer", "")).path("layers");
      layers.forEach(layer -> ask("load", Map.of("run", id, "layer", layer.asText())));
      ask("layers", Map.of("run", id));
    }
  }

  private void text(String id, String text) {
    ask("trace", Map.of("model", id, "step", "0", "text", text));
    JsonNode layers = ask("profile", Map.of("model", id, "step", "0", "layer", "")).path("layers");
    layers.forEach(
        layer -> ask("profile", Map.of("model", id, "step", "0", "layer", layer.asText())));
  }

  private JsonNode ask(String question, Map<String, String> parameters) {
    Map<String, String> sorted = new TreeMap<>(parameters);
    Query query = new Query(ImmutableListMultimap.copyOf(sorted.entrySet()));
    JsonNode answer = api.answer(question, query);
    String key = // as source.js makes it
        sorted.entrySet().stream()
            .map(e -> "\n" + e.getKey() + "=" + e.getValue())
            .collect(Collectors.joining("", question, ""));
    answers.set(key, answer);
    return answer;
  }

  private String page() {
    String charts = assets.text("lib/echarts.js");
    String script = assets.script();
    String style = assets.text("app/style.css");
    String policy =
        "default-src 'none'; script-src %s %s; style-src %s; img-src data:; base-uri 'none'; form-action 'none'"
            .formatted(hash(charts), hash(script), hash(style));
    String data = answers.toString().replace("<", "\\u003c").replace("\u2028", "\\u2028");
    return assets
        .text("")
        .replace("<!-- policy -->", meta(policy))
        .replace("<link rel=\"stylesheet\" href=\"app/style.css\">", "<style>" + style + "</style>")
        .replace(
            "<script src=\"lib/echarts.js\"></script>",
            "<script type=\"application/json\" id=\"answers\">"
                + data
                + "</script>\n<script>"
                + charts
                + "</script>")
        .replace(
            "<script type=\"module\" src=\"app/main.js\"></script>",
            "<script type=\"module\">" + script + "</script>");
  }

  private static String meta(String policy) {
    return "<meta http-equiv=\"Content-Security-Policy\" content=\"" + policy + "\">";
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
