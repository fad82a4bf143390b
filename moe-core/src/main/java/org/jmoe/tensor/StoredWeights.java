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
 * Transfers values between files and parameters. Types are converted and values placed part by
 * part, so no second copy of a full tensor is needed. Values of bfloat16, which DJL cannot pass
 * from Java to the engine, are widened here.
 */
public final class StoredWeights {
  private StoredWeights() {}

  /**
   * Writes stored values into a strided part of a parameter, outside autograd.
   *
   * @param bytes a direct buffer of the values in native byte order
   * @param type of the stored values
   * @param part elements of the target to write
   */
  public static void write(NDArray target, ByteBuffer bytes, DataType type, StridedPart part) {
    write(target, bytes, type, part, ByteBuffer.allocateDirect(0));
  }

  /**
   * As above.
   *
   * @param scratch a direct buffer for widening bfloat16 values, used if it is large enough
   */
  public static void write(
      NDArray target, ByteBuffer bytes, DataType type, StridedPart part, ByteBuffer scratch) {
    boolean brain = type == DataType.BFLOAT16;
    ByteBuffer numbers = brain ? BrainFloats.widen(bytes, scratch) : bytes;
    DataType known = brain ? DataType.FLOAT32 : Dtypes.requireSupported(type, "stored weights");
    try (NDManager scope = target.getManager().newSubManager();
        NDArray source = scope.create(numbers, new Shape(part.size()), known)) {
      Script.instance()
          .update(
              "write_part",
              IValue.from((PtNDArray) target),
              IValue.from((PtNDArray) source),
              IValue.listFrom(part.sizes().toArray()),
              IValue.listFrom(part.strides().toArray()),
              IValue.from(part.offset()));
    }
  }

  /** Reads a strided part of a parameter as bytes of a type. */
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
    try (NDArray taken = Script.instance().call("read_part", numbers, source).get(0)) {
      ByteBuffer bytes = taken.toByteBuffer();
      return brain ? BrainFloats.narrow(bytes) : bytes;
    }
  }
}
