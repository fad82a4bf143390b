package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.block.Norm;
import org.jmoe.block.ShapedBlock;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.AttentionOps;
import org.jmoe.tensor.Seed;

/**
 * The transform before the output projection of a masked language model (BERT, Devlin et al. 2019).
 */
final class MaskedHead extends ShapedBlock {
  private final Parameter weight; // (D, D)
  private final Parameter bias; // (D)
  private final Norm norm;

  MaskedHead(Norm.Spec normSpec, int dim, Seed seed) {
    super(seed);
    weight = weight("weight", new Shape(dim, dim), 1 / Math.sqrt(dim));
    bias = zeros("bias", new Shape(dim));
    norm = addChildBlock("norm", normSpec.build(dim, seed.child("norm")));
  }

  static long parameters(Norm.Spec norm, int dim) {
    return (long) dim * dim + dim + norm.parameters(dim);
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    NDArray x = inputs.head(); // (B, S, D)
    NDArray h =
        AttentionOps.affine(
            x,
            value(ps, weight, x, training),
            value(ps, bias, x, training),
            RecordingStore.precision(ps)); // (B, S, D)
    return new NDList(norm.apply(ps, Activation.gelu(h), training)); // (B, S, D)
  }
}
