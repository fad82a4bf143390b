package org.jmoe.view.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;
import java.util.List;
import org.jmoe.analysis.labels.TokenTexts;
import org.jmoe.analysis.trace.Trace;
import org.jmoe.analysis.trace.TracedChoice;
import org.jmoe.analysis.trace.TracedLayer;
import org.jmoe.analysis.trace.TracedToken;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.run.OpenedModel;

/**
 * A text through the experts of a model.
 *
 * @param step checkpoint of the model; 0 for a published one
 * @param tokens texts of the tokens
 * @param cut number of tokens cut off at the end, beyond the context of the model
 * @param trace their experts
 */
public record TextTrace(long step, ImmutableList<String> tokens, int cut, Trace trace) {
  private static final int MAX_TOKENS = 1024;

  /** Traces a text, up to the context of the model. */
  static TextTrace of(OpenedModel model, TextTokenizer tokenizer, String text) {
    int[] all = tokenizer.encode(text, false);
    if (all.length == 0) {
      throw new ConfigException("the text is empty; enter at least one character");
    }
    int most = Math.min(MAX_TOKENS, model.model().spec().context());
    int[] ids = Arrays.copyOf(all, Math.min(most, all.length));
    Trace trace =
        Trace.of(
            model.model(),
            model.manager(),
            List.of(ImmutableLongArray.copyOf(Arrays.stream(ids).asLongStream())),
            List.of());
    TokenTexts texts = TokenTexts.of(tokenizer);
    ImmutableList.Builder<String> shown = ImmutableList.builder();
    for (int id : ids) {
      String quoted = texts.show(id);
      shown.add(quoted.startsWith("#") ? quoted : tokenizer.decode(new int[] {id}));
    }
    return new TextTrace(model.step(), shown.build(), all.length - ids.length, trace);
  }

  /** Returns the trace as JSON; a choice is {@code [expert, weight, share, kept]}. */
  public ObjectNode json() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("step", step).put("cut", cut);
    ArrayNode texts = node.putArray("tokens");
    tokens.forEach(texts::add);
    ArrayNode layers = node.putArray("layers");
    for (TracedLayer layer : trace.layers()) {
      ObjectNode of = layers.addObject();
      of.put("name", layer.layer())
          .put("experts", layer.experts())
          .put("shared", layer.hasShared());
      ArrayNode each = of.putArray("tokens");
      for (TracedToken token : layer.tokens()) {
        write(each.addObject(), token);
      }
    }
    return node;
  }

  private static void write(ObjectNode to, TracedToken token) {
    ArrayNode choices = to.putArray("choices");
    for (TracedChoice choice : token.choices()) {
      choices
          .addArray()
          .add(choice.expert())
          .add(rounded(choice.weight()))
          .add(rounded(choice.share()))
          .add(choice.kept() ? 1 : 0);
    }
    to.put("shared", rounded(token.shared())).put("self", rounded(token.self()));
  }

  private static float rounded(double value) {
    return Math.round(value * 10_000) / 10_000f;
  }
}
