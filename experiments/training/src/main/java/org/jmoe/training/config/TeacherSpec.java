package org.jmoe.training.config;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jmoe.tensor.Seed;
import org.jmoe.training.Distillation;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.TransformerSpec;
import org.jspecify.annotations.Nullable;

/**
 * Whose predictions a run is trained towards.
 *
 * @param weights of the teacher
 * @param model what it is; null where the weights say so
 * @param temperature of both softmaxes
 * @param weight of the divergence, in [0, 1]; the cross-entropy has the rest
 */
public record TeacherSpec(
    InitialWeights weights, @Nullable TransformerSpec model, double temperature, double weight) {
  /** Checks that the model is told once. */
  public TeacherSpec {
    Distillation.require(temperature, weight);
    if ((model == null) == (weights.architecture() == null)) {
      throw new IllegalArgumentException(
          "model must be given where the weights do not say what they belong to, and null"
              + " elsewhere");
    }
  }

  /** What the teacher is. */
  public ModelSpec spec() {
    ModelSpec known = weights.architecture();
    if (known != null) {
      return known;
    }
    if (model == null) {
      throw new IllegalStateException("a teacher without a model");
    }
    return model;
  }

  /** Loads the teacher. */
  public Distillation load(NDManager manager) {
    LanguageModel teacher = spec().build(Seed.of(0).child("model"));
    teacher.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
    weights.load(teacher, manager);
    return new Distillation(teacher, temperature, weight);
  }
}
