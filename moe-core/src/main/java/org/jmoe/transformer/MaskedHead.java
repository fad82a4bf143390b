package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.block.ShapedBlock;
import org.jmoe.tensor.Seed;

/** The transform before a masked language model's output product (BERT, Devlin et al. 2019). */
final class MaskedHead extends ShapedBlock {
  private final Parameter weight; // (D, D)
  private final Parameter bias; // (D)
  private final Norm norm;

  MaskedHead(Norm.Kind kind, int dim, Seed seed) {
    super(seed);
    weight = weight("weight", new Shape(dim, dim), 1 / Math.sqrt(dim));
    bias = zeros("bias", new Shape(dim));
    norm = addChildBlock("norm", new Norm(kind, dim, seed.child("norm")));
  }

  static long parameters(TransformerSpec spec) {
    long dim = spec.dim();
    return dim * dim + dim + spec.norm().parameters(spec.dim());
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    NDArray x = inputs.head(); // (B, S, D)
    NDArray h = x.matMul(value(ps, weight, x, training)).add(value(ps, bias, x, training));
    return new NDList(norm.apply(ps, Activation.gelu(h), training)); // (B, S, D)
  }
}
