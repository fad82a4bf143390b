package example;

import java.nio.file.Path;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.results.Summary;
import org.jmoe.training.run.Run;

/** Defines, trains and inspects a mixture-of-experts language model. */
public final class QuickStart {
  private QuickStart() {}

  /** Trains for a few seconds and writes results to the folder {@code args[0]}. */
  public static void main(String[] args) {
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            8, // experts
            TopKRouter.Spec.of(2), // softmax over all experts, top 2 per token
            FeedForwardExperts.Spec.swiglu(128)); // SwiGLU feed-forward of width 128
    RunConfig smoke = Presets.named("smoke").config();
    RunConfig config = smoke.withModel(smoke.model().withMoe(moe));

    Summary summary = Run.of(config).execute(Path.of(args[0]));

    System.out.printf("held-out loss: %.2f nats per token%n", summary.validationNats());
    summary.layers().forEach(l -> System.out.printf("%s: cv %.2f%n", l.layer(), l.cv()));
  }
}
