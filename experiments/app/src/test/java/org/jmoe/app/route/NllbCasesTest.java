package org.jmoe.app.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.jmoe.data.formats.Shared;
import org.jmoe.io.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code test_second_expert_policy} of Hugging Face Transformers, with its random draws given. */
final class NllbCasesTest {
  @ParameterizedTest
  @ValueSource(strings = {"random", "sampling", "all"})
  void secondExpertPolicy(String policy) throws IOException {
    JsonNode fixture =
        Json.plain()
            .readTree(Shared.path("fixtures/hf_nllb_second_expert.json").toFile())
            .get(policy);
    StringBuilder keys = new StringBuilder();
    keys.append("'preset':'nllb-")
        .append(policy)
        .append("','training':true,'capacity':{'tokens':40}");
    keys.append(",'logits':").append(fixture.get("logits_before"));
    if (policy.equals("random")) {
      keys.append(",'uniform':").append(fixture.get("rand"));
    }
    if (policy.equals("sampling")) {
      keys.append(",'noise':").append(fixture.get("gumbel"));
    }
    JsonNode choices = Routed.of(keys.toString()).reply().get("choices");
    for (int t = 0; t < 40; t++) {
      double[] found = new double[4];
      for (JsonNode choice : choices.get(t)) {
        if (choice.get("kept").asBoolean()) {
          found[choice.get("expert").asInt()] = choice.get("weight").asDouble();
        }
      }
      assertEquals(
          1, fixture.get("top1").get(t).get(choices.get(t).get(0).get("expert").asInt()).asInt());
      for (int e = 0; e < 4; e++) {
        double expected = fixture.get("probs").get(t).get(e).asDouble();
        assertEquals(expected, found[e], 1e-6, "token " + t + ", expert " + e);
      }
    }
  }
}
