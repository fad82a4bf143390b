package org.jmoe.analysis.intervention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.intervention.ExpertGroup;
import org.jmoe.intervention.PatchOutput;
import org.jmoe.layer.LayerHook;
import org.jmoe.layer.LayerPass;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RoutingException;
import org.jmoe.tensor.Ops;
import org.jmoe.transformer.LanguageModel;

/**
 * Patches experts with the outputs that the same experts of another model have for the same tokens.
 *
 * @param model the other model
 * @param groups experts to patch
 */
public record PatchSource(LanguageModel model, ImmutableList<ExpertGroup> groups)
    implements HookedEvaluation.Hooks {
  @Override
  public LayerHook of(HookedEvaluation.Input input) {
    List<LayerHook> patches = new ArrayList<>();
    LayerHook capture = (layer, pass) -> patches.addAll(patches(input, layer, pass));
    model.logits(input.recording().with(capture), input.ids(), null, null, false);
    if (patches.size() != groups.size()) {
      throw new RoutingException(
          "the other model lacks a layer of " + groups + "; patch from a model of the same layers");
    }
    return patches.stream().reduce(LayerHook::then).orElseThrow();
  }

  private List<LayerHook> patches(HookedEvaluation.Input input, MoeLayer layer, LayerPass pass) {
    List<LayerHook> patches = new ArrayList<>();
    for (ExpertGroup group : groups) {
      if (group.layer().equals(layer.path())) {
        NDArray every = layer.everyExpert(input.recording(), pass.tokens()); // (E, T, D)
        requireExperts(group, every.getShape().get(0));
        NDList chosen = new NDList();
        group.experts().forEach(e -> chosen.add(every.get("%d:%d".formatted(e, e + 1))));
        patches.add(
            new PatchOutput(group, chosen.size() == 1 ? chosen.get(0) : Ops.concat(chosen, 0)));
      }
    }
    return patches;
  }

  private static void requireExperts(ExpertGroup group, long experts) {
    if (group.experts().last() >= experts) {
      throw new RoutingException(
          "%s: the other model has only %d experts".formatted(group.layer(), experts));
    }
  }
}
