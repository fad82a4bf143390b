package org.jmoe.analysis;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.analysis.labels.TokenLabels;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.formats.TokenData;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.tensor.Seed;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.run.EvaluationData;
import org.jmoe.training.run.EvaluationSpec;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/** An untrained tiny model with a chosen router, and the planted corpus of two domains. */
public final class Planted implements AutoCloseable {
  static final int SEQUENCE = 16;

  public final NDManager manager = NDManager.newBaseManager();
  public final LanguageModel model;
  final EvaluationData data;

  public Planted(Path folder, RouterSpec router, String... changes) {
    this(folder, router, null, changes);
  }

  public Planted(Path folder, RouterSpec router, @Nullable ExpertsSpec expert, String... changes) {
    Path file = TinyRuns.corpus(folder);
    RunConfig config = TinyRuns.config(file, changes);
    MoeLayer.Spec moe = config.model().firstMoe().orElseThrow();
    model =
        config
            .model()
            .withMoe(
                new MoeLayer.Spec(moe.experts(), router, expert == null ? moe.expert() : expert))
            .build(Seed.of(1).child("model"));
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
    data =
        EvaluationData.open(
            EvaluationSpec.all(TokenData.open(file), SEQUENCE), config.model().vocabulary());
  }

  Batches batches() {
    return data.batches();
  }

  RoutingAnalysis analyse(TokenLabels... labels) {
    return RoutingAnalysis.of(
        model,
        manager,
        batches(),
        RoutingAnalysis.Spec.of(List.of(labels)).withBatches(Long.MAX_VALUE));
  }

  @Override
  public void close() {
    data.close();
    manager.close();
  }
}
