package org.jmoe.experiments.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jmoe.layer.AllowNonCausal;
import org.jmoe.layer.RouterSpec;
import org.jmoe.routing.ExpertChoiceRouter;
import org.junit.jupiter.api.Test;

final class FormerRunJsonTest {
  private static final RunJson JSON = new RunJson(SpecTypes.standard());

  @Test
  void readsTheFormerNameOfAllowNonCausal() {
    RouterSpec router = new AllowNonCausal(ExpertChoiceRouter.Spec.of(2));
    ObjectNode tree = JSON.tree(router);
    assertEquals("AllowNonCausal", tree.path("type").asText());
    tree.put("type", "SeesAhead");
    assertEquals(router, JSON.read(tree, RouterSpec.class));
  }
}
