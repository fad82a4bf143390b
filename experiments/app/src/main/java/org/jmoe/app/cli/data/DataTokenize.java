package org.jmoe.app.cli.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.TokenizerOption;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.io.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tokenizes a text. */
@Command(
    name = "tokenize",
    description =
        "Prints the ids of a text as a JSON array, with the special tokens of the tokenizer's"
            + " template.",
    mixinStandardHelpOptions = true)
final class DataTokenize implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin TokenizerOption tokenizer = new TokenizerOption();

  @Option(names = "--text", required = true, paramLabel = "STRING", description = "The text.")
  String text = "";

  @Option(
      names = "--add-special-tokens",
      arity = "0..1",
      defaultValue = "true",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Whether the template's special tokens are added (default: true).")
  boolean specialTokens;

  @Option(names = "--json", description = "Print a JSON object with the ids and the decoded text.")
  boolean json;

  @Override
  public Integer call() {
    try (TextTokenizer opened = tokenizer.open()) {
      int[] ids = opened.encode(text, specialTokens);
      ArrayNode array = Json.plain().valueToTree(ids);
      ObjectNode report = JsonNodeFactory.instance.objectNode();
      report.set("ids", array);
      report.put("decoded", opened.decode(ids));
      PrintWriter out = spec.commandLine().getOut();
      out.println(json ? report : array);
      out.flush();
    }
    return 0;
  }
}
