package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import com.google.common.primitives.Doubles;
import java.nio.ByteBuffer;

/**
 * Numbers between files and parameters: their type is changed and they are put in place piece by
 * piece, so that no second copy of a whole tensor has to exist. Numbers of bfloat16, which Java
 * cannot hand to the engine, are widened here.
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
    write(target, bytes, type, part, ByteBuffer.allocateDirect(0));
  }

  /**
   * The same.
   *
   * @param scratch a direct buffer to widen numbers of bfloat16 in, where it has room
   */
  public static void write(
      NDArray target, ByteBuffer bytes, DataType type, StridedPart part, ByteBuffer scratch) {
    boolean brain = type == DataType.BFLOAT16;
    ByteBuffer numbers = brain ? BrainFloats.widen(bytes, scratch) : bytes;
    DataType known = brain ? DataType.FLOAT32 : Dtypes.requireSupported(type, "stored numbers");
    try (NDManager scope = target.getManager().newSubManager();
        NDArray source = scope.create(numbers, new Shape(part.size()), known)) {
      Script.instance()
          .update(
              "place",
              IValue.from((PtNDArray) target),
              IValue.from((PtNDArray) source),
              IValue.listFrom(part.sizes().toArray()),
              IValue.listFrom(part.strides().toArray()),
              IValue.from(part.offset()));
    }
  }

  /** The numbers of a parameter that the strides pick, as bytes of a type. */
  public static ByteBuffer read(NDArray source, DataType type, StridedPart part) {
    boolean brain = type == DataType.BFLOAT16;
    int axes = part.sizes().length();
    DataType wide = brain ? DataType.FLOAT32 : type;
    double[] layout = new double[2 * axes];
    for (int i = 0; i < axes; i++) {
      layout[i] = part.sizes().get(i);
      layout[axes + i] = part.strides().get(i);
    }
    double[] numbers =
        Doubles.concat(new double[] {Dtypes.torchCode(wide), part.offset(), axes}, layout);
    try (NDArray taken = Script.instance().call("take", numbers, source).get(0)) {
      ByteBuffer bytes = taken.toByteBuffer();
      return brain ? BrainFloats.narrow(bytes) : bytes;
    }
  }
}
