package org.jmoe.training.config;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.loss.RouterZ;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Precision;
import org.jmoe.training.CheckpointSpec;
import org.jmoe.training.LossTerm;
import org.jmoe.training.NumericsPolicy;
import org.jmoe.training.TrainingSpec;
import org.jmoe.training.optimizer.AdamW;
import org.jmoe.training.optimizer.Schedule;
import org.jmoe.transformer.Norm;
import org.jmoe.transformer.Positions;
import org.jmoe.transformer.TransformerSpec;
import org.jspecify.annotations.Nullable;

/** The configurations that come with jmoe. */
public final class Presets {
  private static final int BYTES = 256;

  private Presets() {}

  /** All of them. */
  public static ImmutableList<Preset> all() {
    return ImmutableList.of(
        new Preset(
            "quickstart",
            "4 layers, 8 experts, top-2, on the default corpus: under 3 minutes on two cores",
            config(4, 128, 256, moe(8, 256), training(500, 16, 128))),
        new Preset(
            "dense",
            "the quickstart without experts, at the same active parameters",
            config(4, 128, 2 * 256, null, training(500, 16, 128))),
        new Preset(
            "smoke",
            "2 layers, 4 experts, top-2: shows in under 30 seconds that everything works",
            config(2, 64, 128, moe(4, 128), training(60, 8, 64))));
  }

  /**
   * The preset of a name.
   *
   * @throws ConfigException naming the nearest
   */
  public static Preset named(String name) {
    List<String> names = all().stream().map(Preset::name).toList();
    return all().stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigException(
                    "unknown preset '"
                        + name
                        + "'"
                        + Nearest.question(name, names)
                        + " There are "
                        + String.join(", ", names)));
  }

  private static MoeLayer.Spec moe(int experts, int hidden) {
    return new MoeLayer.Spec(
        experts, TopKRouter.Spec.of(2), FeedForwardExperts.Spec.swiglu(hidden));
  }

  // javac 17 loses the annotation of a nested type in a class file: the model's moe may be null.
  @SuppressWarnings("NullAway")
  private static RunConfig config(
      int layers, int dim, int hidden, MoeLayer.@Nullable Spec moe, TrainingSpec training) {
    TransformerSpec model =
        new TransformerSpec(
            BYTES,
            training.sequence(),
            layers,
            dim,
            4,
            4,
            hidden,
            Activation.SWIGLU,
            Norm.Kind.RMS,
            Positions.ROTARY,
            true,
            false,
            0,
            moe,
            0,
            1);
    List<LossTerm> losses =
        moe == null
            ? List.of()
            : List.of(new LossTerm(new SwitchBalance(), 0.01), new LossTerm(new RouterZ(), 0.001));
    return new RunConfig(
        1, new DataSpec(new DefaultSource(), 0.05), model, withLosses(training, losses));
  }

  private static TrainingSpec training(int steps, int batch, int sequence) {
    return new TrainingSpec(
        steps,
        batch,
        sequence,
        1,
        Precision.FLOAT32,
        false,
        AdamW.Spec.of(3e-3),
        new Schedule(Schedule.Decay.COSINE, Math.max(1, steps / 20), 0.1),
        List.of(),
        Math.max(1, steps / 5),
        16,
        0,
        new CheckpointSpec(Math.max(1, steps / 5), 2),
        NumericsPolicy.fail());
  }

  private static TrainingSpec withLosses(TrainingSpec t, List<LossTerm> losses) {
    return new TrainingSpec(
        t.steps(),
        t.batch(),
        t.sequence(),
        t.accumulation(),
        t.precision(),
        t.recompute(),
        t.optimizer(),
        t.schedule(),
        losses,
        t.evaluateEvery(),
        t.evaluationBatches(),
        t.patience(),
        t.checkpoint(),
        t.numerics());
  }
}
