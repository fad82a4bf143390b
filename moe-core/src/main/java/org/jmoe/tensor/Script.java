package org.jmoe.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import com.google.common.io.Resources;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The TorchScript module behind {@link Ops}: source text, zipped in memory into the format of
 * {@code torch.jit.load} and loaded once. Each call is one native call with autograd; its results
 * belong to the manager of the first array.
 */
final class Script {
  private static final String NAME = "ops";

  private final NDManager manager;
  private final PtSymbolBlock module;
  private final ModuleCalls calls = new ModuleCalls();

  private Script(NDManager manager, PtSymbolBlock module) {
    this.manager = manager;
    this.module = module;
  }

  /** Returns the only instance, which is immutable and loaded on first use. */
  static Script instance() {
    return Holder.INSTANCE;
  }

  private static final class Holder {
    static final Script INSTANCE = load();

    private static Script load() {
      // On the CPU even if there is a GPU: reading a plain number must not synchronise with a
      // device.
      NDManager manager = NDManager.newBaseManager(Device.cpu());
      manager.setName("jmoe script");
      try {
        return new Script(
            manager,
            JniUtils.loadModule(
                (PtNDManager) manager, new ByteArrayInputStream(archive()), false, false));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Calls a method on tensors and plain numbers; gradients flow to the tensors. */
  NDList call(String method, double[] numbers, NDArray... arrays) {
    // With the executor's optimizer on, the second and third call of a method are many times slower
    // and later ones no faster; the setting is per thread.
    JniUtils.setGraphExecutorOptimize(false);
    return calls.call(module, method, arrays, numbers.length == 0 ? null : numbers);
  }

  /** Returns the gradients of outputs with respect to the inputs they depend on. */
  List<Optional<NDArray>> gradients(
      NDManager owner, List<NDArray> outputs, List<NDArray> weights, List<NDArray> inputs) {
    JniUtils.setGraphExecutorOptimize(false);
    return calls.lists(
        module, "gradients", (PtNDManager) owner, inputs.size(), List.of(outputs, weights, inputs));
  }

  /** Calls a method that modifies arrays in place; no gradient is recorded. */
  void update(String method, IValue... arguments) {
    JniUtils.setGraphExecutorOptimize(false);
    try (IValue done = IValueUtils.runMethod(module, method, arguments)) {
      if (!done.isTensor()) {
        throw new IllegalStateException(method + " returned no tensor");
      }
    } finally {
      for (IValue argument : arguments) {
        argument.close();
      }
    }
  }

  /** As {@link #update}; returns the float64 scalar that the method returns. */
  double number(String method, IValue... arguments) {
    return numbers(method, arguments)[0];
  }

  /** As {@link #update}; returns the float64 values that the method returns. */
  double[] numbers(String method, IValue... arguments) {
    JniUtils.setGraphExecutorOptimize(false);
    try (IValue result = IValueUtils.runMethod(module, method, arguments);
        PtNDArray value = result.toTensor((PtNDManager) manager)) {
      return value.toDoubleArray();
    } finally {
      for (IValue argument : arguments) {
        argument.close();
      }
    }
  }

  /** Returns the number of arrays owned by the module's manager; 0 between calls. */
  int arrayCount() {
    return manager.getManagedArrays().size();
  }

  /** Returns the module as a TorchScript archive. */
  static byte[] archive() throws IOException {
    byte[] source = Resources.toByteArray(Resources.getResource(Script.class, NAME + ".py"));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      // A pickled object of class Ops with its one attribute, training = False.
      entry(zip, "data.pkl", "\u0080\u0002c__torch__\nOps\n)\u0081}X\u0008\0\0\0training\u0089sb.");
      entry(zip, "code/__torch__.py", new String(source, StandardCharsets.ISO_8859_1));
      entry(zip, "constants.pkl", "\u0080\u0002).");
      entry(zip, "version", "3\n");
    }
    return bytes.toByteArray();
  }

  private static void entry(ZipOutputStream zip, String name, String latin1) throws IOException {
    byte[] content = latin1.getBytes(StandardCharsets.ISO_8859_1);
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(NAME + "/" + name);
    entry.setTime(0);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
