package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.nio.ByteBuffer;

/**
 * Numbers between files and parameters. Their type is changed and they are put in place in one
 * native call, so that neither a tensor of another type nor a transposed copy has to exist; the
 * bytes may be of bfloat16, which Java cannot hand to the engine in another way.
 */
public final class StoredWeights {
  private StoredWeights() {}

  /**
   * Writes stored numbers into those of a parameter that the strides pick, outside autograd.
   *
   * @param bytes a direct buffer of the numbers, in the machine's order of bytes
   * @param type of the stored numbers
   * @param part which numbers of the target
   */
  public static void write(NDArray target, ByteBuffer bytes, DataType type, StridedPart part) {
    try (NDManager scope = target.getManager().newSubManager();
        NDArray raw = scope.create(bytes, new Shape(bytes.remaining()), DataType.UINT8)) {
      Script.instance()
          .update(
              "place",
              IValue.from((PtNDArray) target),
              IValue.from((PtNDArray) raw),
              IValue.from((long) Dtypes.torchCode(type)),
              IValue.listFrom(part.sizes().toArray()),
              IValue.listFrom(part.strides().toArray()),
              IValue.from(part.offset()));
    }
  }

  /** The numbers of a parameter that the strides pick, as bytes of a type. */
  public static ByteBuffer read(NDArray source, DataType type, StridedPart part) {
    int axes = part.sizes().length();
    double[] numbers = new double[3 + 2 * axes];
    numbers[0] = Dtypes.torchCode(type);
    numbers[1] = part.offset();
    numbers[2] = axes;
    for (int i = 0; i < axes; i++) {
      numbers[3 + i] = part.sizes().get(i);
      numbers[3 + axes + i] = part.strides().get(i);
    }
    try (NDArray bytes = Script.instance().call("take", numbers, source).get(0)) {
      return bytes.toByteBuffer();
    }
  }
}
