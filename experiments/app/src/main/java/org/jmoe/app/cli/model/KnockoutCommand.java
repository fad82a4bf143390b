package org.jmoe.app.cli.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.ModelOptions;
import org.jmoe.app.cli.option.TokenOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.data.formats.TokenData;
import org.jmoe.models.surgery.DataPass;
import org.jmoe.models.surgery.DomainLoss;
import org.jmoe.models.surgery.Knockout;
import org.jmoe.training.run.OpenedModel;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Ablates experts one at a time. */
@Command(
    name = "knockout",
    description = {
      "Ablates experts one at a time (zero output, unchanged routing) and reports the"
          + " loss increase per domain."
    },
    mixinStandardHelpOptions = true)
public final class KnockoutCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin ModelOptions model = new ModelOptions();

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "File or folder of tokens (default: the run's).")
  @Nullable Path data;

  @Mixin TokenOptions how = new TokenOptions();

  @Option(
      names = "--expert",
      paramLabel = "LAYER:N",
      description =
          "Ablate this expert, such as layers/1/moe:3 (default: each in turn). Repeatable.")
  List<String> named = new ArrayList<>();

  @Option(
      names = "--sequences",
      paramLabel = "N",
      description = "Maximum number of sequences, spread evenly over the data (default: 64).")
  long sequences = 64;

  @Option(names = "--json", description = "Print numbers as JSON.")
  boolean json;

  @Override
  public Integer call() {
    if (sequences < 1) {
      throw new UsageException("--sequences must be at least 1, not " + sequences + ".");
    }
    try (OpenedModel opened = model.open()) {
      TokenData tokens = opened.evaluation(how.openOr(data, ExtensionOptions.formats(spec))).data();
      study(opened.model(), DataPass.of(opened, tokens).atMost(sequences));
    }
    return 0;
  }

  private void study(LanguageModel model, DataPass pass) {
    Knockout knockout = new Knockout(model);
    DomainLoss before = DomainLoss.of(pass);
    PrintWriter out = spec.commandLine().getOut();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.set("before", node(before));
    ArrayNode rows = node.putArray("experts");
    if (!json) {
      row(out, "nats", before.byDomain().keySet().stream().map(String::toString).toList(), "all");
      row(out, "before", numbers(before, "%.4f"), "%.4f".formatted(before.all()));
    }
    for (String expert : experts(model, knockout)) {
      int colon = expert.lastIndexOf(':');
      DomainLoss rise =
          knockout.without(expert.substring(0, colon), number(expert, colon), pass).minus(before);
      if (json) {
        rows.add(node(rise).put("expert", expert));
      } else {
        row(out, expert, numbers(rise, "%+.4f"), "%+.4f".formatted(rise.all()));
        out.flush();
      }
    }
    if (json) {
      out.println(node.toPrettyString());
    }
  }

  private List<String> experts(LanguageModel model, Knockout knockout) {
    if (!named.isEmpty()) {
      String prefix = model.path().isEmpty() ? "" : model.path() + "/";
      return named.stream().map(n -> n.startsWith(prefix) ? n : prefix + n).toList();
    }
    List<String> all = new ArrayList<>();
    for (Map.Entry<String, Integer> layer : knockout.layers().entrySet()) {
      for (int e = 0; e < layer.getValue(); e++) {
        all.add(layer.getKey() + ":" + e);
      }
    }
    return all;
  }

  private static int number(String expert, int colon) {
    try {
      return Integer.parseInt(expert.substring(colon + 1));
    } catch (NumberFormatException e) {
      throw new UsageException(
          "--expert " + expert + " names no expert; write it as layers/1/moe:3.");
    }
  }

  private static List<String> numbers(DomainLoss loss, String format) {
    return loss.byDomain().values().stream()
        .map(nats -> String.format(Locale.ROOT, format, nats))
        .toList();
  }

  private static void row(PrintWriter out, String name, List<String> domains, String all) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-24s %9s", name, all));
    domains.forEach(each -> line.append(String.format(Locale.ROOT, " %12s", clipped(each))));
    out.println(line);
  }

  private static String clipped(String text) {
    return text.length() > 12 ? text.substring(0, 12) : text;
  }

  private static ObjectNode node(DomainLoss loss) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("nats", loss.all());
    ObjectNode domains = node.putObject("domains");
    loss.byDomain().forEach(domains::put);
    node.put("tokens", loss.tokens());
    return node;
  }
}
