package org.jmoe.view.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jmoe.analysis.LayerAnalysis;
import org.jmoe.analysis.TokenContext;
import org.jmoe.analysis.TypicalToken;
import org.jmoe.analysis.labels.LabelSpecialisation;
import org.jmoe.analysis.labels.TokenTexts;

/**
 * Behavior of the experts of a layer on data, as JSON.
 *
 * @param layer path of the layer
 * @param json share of each expert, lift by label, typical tokens and contexts
 */
public record LayerProfile(String layer, ObjectNode json) {
  /** Creates the profile of an analyzed layer. */
  static LayerProfile of(LayerAnalysis layer, TokenTexts texts) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("layer", layer.layer()).put("experts", layer.experts());
    ArrayNode shares = node.putArray("share");
    ArrayNode experts = node.putArray("profiles");
    for (int e = 0; e < layer.experts(); e++) {
      shares.add((float) layer.share(e));
      ObjectNode of = experts.addObject();
      ArrayNode typical = of.putArray("typical");
      for (TypicalToken token : layer.typical().get(e)) {
        typical
            .addArray()
            .add(texts.show(token.id()))
            .add(token.count())
            .add(token.total())
            .add((float) token.information());
      }
      ArrayNode contexts = of.putArray("contexts");
      for (TokenContext context : layer.contexts().get(e)) {
        contexts
            .addArray()
            .add(texts.show(context.before().toArray()))
            .add(texts.show(new int[] {context.token()}))
            .add(texts.show(context.after().toArray()))
            .add((float) context.weight());
      }
    }
    ArrayNode sets = node.putArray("labels");
    for (LabelSpecialisation by : layer.specialisations()) {
      write(sets.addObject(), by, layer.experts());
    }
    return new LayerProfile(layer.layer(), node);
  }

  private static void write(ObjectNode to, LabelSpecialisation by, int experts) {
    to.put("name", by.name());
    to.put("information", (float) by.measured().information());
    to.put("chance", (float) by.measured().chanceInformation());
    ArrayNode names = to.putArray("labels");
    ArrayNode lift = to.putArray("lift"); // by label, then by expert
    for (int l = 0; l < by.labels().size(); l++) {
      int label = l;
      if (by.measured().counts().stream().allMatch(counts -> counts.get(label) == 0)) {
        continue; // no such token
      }
      names.add(by.labels().get(l));
      ArrayNode row = lift.addArray();
      for (int e = 0; e < experts; e++) {
        row.add(Math.round(by.lift(e, l) * 1000) / 1000f);
      }
    }
  }
}
