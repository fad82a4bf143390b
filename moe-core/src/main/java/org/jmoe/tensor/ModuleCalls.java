package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Calls of a TorchScript module through the engine's native functions. DJL's public method with
 * gradients, {@link IValueUtils#forward}, accepts plain numbers only as arrays, interprets the
 * names of arrays, and allocates about 3 KB of Java objects per call.
 */
final class ModuleCalls {
  private final MethodHandle run; // (module, method, values, gradients, stream) to value
  private final MethodHandle ofArray; // (tensor) to value
  private final MethodHandle ofArrays; // (tensors) to value
  private final MethodHandle ofNumbers; // (numbers) to value
  private final MethodHandle isArray; // (value) to boolean
  private final MethodHandle array; // (value) to tensor
  private final MethodHandle arrays; // (value) to tensors
  private final MethodHandle longs; // (value) to integers
  private final MethodHandle parts; // (value) to values
  private final MethodHandle delete; // (value)

  /** Looks up the functions; the engine must be loaded. */
  ModuleCalls() {
    try {
      Lookup in = MethodHandles.privateLookupIn(IValueUtils.class, MethodHandles.lookup());
      Class<?> type = in.findClass(IValueUtils.class.getPackageName() + ".PyTorchLibrary");
      Object library = in.findStaticGetter(type, "LIB", type).invoke();
      run =
          find(
              in,
              library,
              "moduleRunMethod",
              long.class,
              long.class,
              String.class,
              long[].class,
              boolean.class,
              boolean.class);
      ofArray = find(in, library, "iValueFromTensor", long.class, long.class);
      ofArrays = find(in, library, "iValueFromTensorList", long.class, long[].class);
      ofNumbers = find(in, library, "iValueFromDoubleList", long.class, double[].class);
      isArray = find(in, library, "iValueIsTensor", boolean.class, long.class);
      array = find(in, library, "iValueToTensor", long.class, long.class);
      arrays = find(in, library, "iValueToTensorList", long[].class, long.class);
      longs = find(in, library, "iValueToLongList", long[].class, long.class);
      parts = find(in, library, "iValueToIValueTuple", long[].class, long.class);
      delete = find(in, library, "torchDeleteIValue", void.class, long.class);
    } catch (Throwable e) {
      throw new IllegalStateException(
          "this version of DJL's PyTorch engine lacks the native functions of 0.35.1", e);
    }
  }

  private static MethodHandle find(
      Lookup in, Object library, String name, Class<?> result, Class<?>... arguments)
      throws ReflectiveOperationException {
    return in.findVirtual(library.getClass(), name, MethodType.methodType(result, arguments))
        .asFixedArity()
        .bindTo(library);
  }

  /**
   * Calls a method with gradients enabled.
   *
   * @param numbers the last argument, a list; null for none
   * @return the tensor, or the tensors of the tuple, that the method returns, attached to the
   *     manager of the first array
   */
  NDList call(PtSymbolBlock module, String method, NDArray[] arrays, double @Nullable [] numbers) {
    long[] values = new long[arrays.length + (numbers == null ? 0 : 1)];
    long result = 0;
    try {
      for (int i = 0; i < arrays.length; i++) {
        values[i] = (long) ofArray.invokeExact(handle(arrays[i]));
      }
      if (numbers != null) {
        values[arrays.length] = (long) ofNumbers.invokeExact(numbers);
      }
      long block = module.getHandle();
      result = (long) run.invokeExact(block, method, values, true, false);
      return arrays((PtNDManager) arrays[0].getManager(), result);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // the native functions declare no checked exceptions
    } finally {
      delete(result);
      delete(values);
    }
  }

  /**
   * Calls a method on lists of tensors with gradients enabled. The method returns tensors and their
   * positions.
   *
   * @param owner of the returned tensors
   * @param count number of positions
   * @return one entry per position, empty where the method returned no tensor
   */
  List<Optional<NDArray>> lists(
      PtSymbolBlock module,
      String method,
      PtNDManager owner,
      int count,
      List<List<NDArray>> arguments) {
    long[] values = new long[arguments.size()];
    long result = 0;
    long[] pair = {};
    try {
      for (int i = 0; i < values.length; i++) {
        long[] handles = arguments.get(i).stream().mapToLong(ModuleCalls::handle).toArray();
        values[i] = (long) ofArrays.invokeExact(handles);
      }
      long block = module.getHandle();
      result = (long) run.invokeExact(block, method, values, true, false);
      pair = (long[]) parts.invokeExact(result);
      long[] tensors = (long[]) arrays.invokeExact(pair[0]);
      long[] positions = (long[]) longs.invokeExact(pair[1]);
      List<Optional<NDArray>> results =
          new ArrayList<>(Collections.nCopies(count, Optional.empty()));
      for (int i = 0; i < tensors.length; i++) {
        results.set(Math.toIntExact(positions[i]), Optional.of(new PtNDArray(owner, tensors[i])));
      }
      return results;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // the native functions declare no checked exceptions
    } finally {
      delete(pair);
      delete(result);
      delete(values);
    }
  }

  private static long handle(NDArray array) {
    return ((PtNDArray) array).getHandle();
  }

  private NDList arrays(PtNDManager manager, long result) throws Throwable {
    if ((boolean) isArray.invokeExact(result)) {
      return new NDList(new PtNDArray(manager, (long) array.invokeExact(result)));
    }
    long[] values = (long[]) parts.invokeExact(result);
    try {
      NDList list = new NDList(values.length);
      for (long value : values) {
        list.add(new PtNDArray(manager, (long) array.invokeExact(value)));
      }
      return list;
    } finally {
      delete(values);
    }
  }

  private void delete(long... values) {
    for (long value : values) {
      if (value != 0) {
        try {
          delete.invokeExact(value);
        } catch (RuntimeException | Error e) {
          throw e;
        } catch (Throwable e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }
}
