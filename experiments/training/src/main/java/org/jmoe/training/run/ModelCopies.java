package org.jmoe.training.run;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.device.NamedDevice;
import org.jmoe.training.DeviceLayout;
import org.jmoe.training.Replicas;
import org.jmoe.training.config.RunConfig;
import org.jmoe.transformer.LanguageModel;

/** The replicas of a model on the devices of a run; owns their parameters. */
final class ModelCopies implements AutoCloseable {
  private final List<NDManager> managers = new ArrayList<>();
  private final Replicas replicas;

  /** Builds and initializes one replica per group of devices. */
  ModelCopies(DeviceLayout layout, RunConfig config) {
    List<LanguageModel> models = new ArrayList<>();
    boolean built = false;
    try {
      for (List<NamedDevice> group : layout.groups()) {
        NDManager manager = NDManager.newBaseManager(group.get(0).device());
        managers.add(manager);
        LanguageModel model =
            layout.on(group, config.effectiveModel()).build(config.modelSeed(), config.lowRank());
        model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
        models.add(model);
      }
      replicas = new Replicas(models, managers);
      built = true;
    } finally {
      if (!built) {
        managers.forEach(NDManager::close);
      }
    }
  }

  Replicas replicas() {
    return replicas;
  }

  @Override
  public void close() {
    replicas.close();
    managers.forEach(NDManager::close);
  }
}
