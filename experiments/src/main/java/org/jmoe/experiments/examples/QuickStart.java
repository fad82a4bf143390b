package org.jmoe.experiments.examples;

import java.nio.file.Path;
import org.jmoe.experiments.run.LayerSummary;
import org.jmoe.experiments.run.Presets;
import org.jmoe.experiments.run.Run;
import org.jmoe.experiments.run.RunConfig;
import org.jmoe.experiments.run.Summary;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.TopKRouter;

/** Defines, trains and inspects a small mixture-of-experts language model. */
public final class QuickStart {
  public static void main(String[] args) {
    MoeLayer.Spec moe =
        new MoeLayer.Spec(8, TopKRouter.Spec.of(2), FeedForwardExperts.Spec.swiglu(64));
    RunConfig smoke = Presets.named("smoke").config(); // a value, as is every part of it
    RunConfig config = smoke.withModel(smoke.model().withMoe(moe));

    Path results = Path.of(args.length > 0 ? args[0] : "runs/first");
    Summary summary = new Run(config).execute(results); // run.json, losses, loads, plots, model

    System.out.printf("%.3f nats a byte on held-out text%n", summary.validationNats());
    for (LayerSummary layer : summary.layers()) {
      System.out.printf("%s: load %s%n", layer.layer(), layer.load());
      layer.domains().forEach((name, share) -> System.out.printf("  %s %s%n", name, share));
    }
  }
}
