package org.jmoe.view;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Collectors;

/** Static files of the page: our own modules, and ECharts from its WebJar. */
final class Assets {
  /** JavaScript modules in dependency order. */
  private static final ImmutableList<String> MODULES =
      ImmutableList.of(
          "dom.js",
          "source.js",
          "charts.js",
          "controls.js",
          "series.js",
          "runs.js",
          "load.js",
          "labels.js",
          "agreement.js",
          "text.js",
          "experiments.js",
          "main.js");

  private static final String ECHARTS =
      "META-INF/resources/webjars/echarts/5.3.1/dist/echarts.min.js";

  private final ImmutableMap<String, Asset> files;

  /**
   * A file of the page.
   *
   * @param type its media type
   * @param content its text
   */
  record Asset(String type, String content) {}

  Assets() {
    ImmutableMap.Builder<String, Asset> all = ImmutableMap.builder();
    all.put("", own("index.html", "text/html; charset=utf-8"));
    all.put("app/style.css", own("style.css", "text/css; charset=utf-8"));
    all.put("lib/echarts.js", read(ECHARTS, "text/javascript; charset=utf-8"));
    for (String module : MODULES) {
      all.put("app/" + module, own(module, "text/javascript; charset=utf-8"));
    }
    files = all.buildOrThrow();
  }

  private static Asset own(String name, String type) {
    return read("org/jmoe/view/" + name, type);
  }

  private static Asset read(String resource, String type) {
    try {
      URL url = Resources.getResource(Assets.class, "/" + resource);
      return new Asset(type, Resources.toString(url, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource, e);
    }
  }

  /** Returns the file at a path of the page. */
  Optional<Asset> find(String path) {
    return Optional.ofNullable(files.get(path));
  }

  /** Returns the text of a file that must be there. */
  String text(String path) {
    return find(path).orElseThrow().content();
  }

  /**
   * Returns all modules as one script: imports are dropped and exports become plain declarations,
   * so the names that modules declare must differ.
   */
  String script() {
    return MODULES.stream()
        .map(module -> text("app/" + module))
        .map(text -> text.replaceAll("(?m)^import .*\\n", "").replaceAll("(?m)^export ", ""))
        .collect(Collectors.joining("\n"));
  }
}
