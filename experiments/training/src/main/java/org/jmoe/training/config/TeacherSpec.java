package org.jmoe.training.config;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jmoe.tensor.Seed;
import org.jmoe.training.Distillation;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;

/**
 * Teacher for distillation.
 *
 * @param weights weights of the teacher
 * @param model model of the teacher
 * @param temperature temperature of both softmaxes
 * @param weight weight of the divergence, in [0, 1]; the cross-entropy has weight {@code 1 -
 *     weight}
 */
public record TeacherSpec(
    InitialWeights weights, ModelSpec model, double temperature, double weight) {
  /** Validates the values. */
  public TeacherSpec {
    Distillation.require(temperature, weight);
  }

  /** Loads the teacher. */
  public Distillation load(NDManager manager) {
    LanguageModel teacher = model.build(Seed.of(0).child("model"));
    teacher.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
    weights.load(teacher, manager);
    return new Distillation(teacher, temperature, weight);
  }
}
