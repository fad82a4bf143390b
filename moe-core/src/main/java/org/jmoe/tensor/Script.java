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
 * The TorchScript text module behind {@link Ops}: plain source, zipped in memory in the form that
 * {@code torch.jit.load} reads and loaded once. A call crosses into native code once, takes part in
 * autograd, and leaves its results with the manager of its first array.
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

  /** The one instance: immutable, and loaded when an operation is first asked for. */
  static Script instance() {
    return Holder.INSTANCE;
  }

  private static final class Holder {
    static final Script INSTANCE = load();

    private static Script load() {
      // On the CPU even beside a GPU: reading a plain number must not wait for the device.
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

  /** Runs a method of tensors and plain numbers; its gradient flows to the arrays. */
  NDList call(String method, double[] numbers, NDArray... arrays) {
    // With the executor's optimizer on, the second and third call of a method are many times slower
    // and later ones no faster; the setting belongs to the thread.
    JniUtils.setGraphExecutorOptimize(false);
    return calls.call(module, method, arrays, numbers.length == 0 ? null : numbers);
  }

  /** The gradients of outputs to the inputs that they depend on. */
  List<Optional<NDArray>> gradients(
      NDManager owner, List<NDArray> outputs, List<NDArray> weights, List<NDArray> inputs) {
    JniUtils.setGraphExecutorOptimize(false);
    return calls.lists(
        module, "gradients", (PtNDManager) owner, inputs.size(), List.of(outputs, weights, inputs));
  }

  /** Runs a method that changes arrays in place; no gradient is recorded. */
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

  /** As {@link #update}, and reads the one float64 number that the method returns. */
  double number(String method, IValue... arguments) {
    return numbers(method, arguments)[0];
  }

  /** As {@link #update}, and reads the float64 numbers that the method returns. */
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

  /** Arrays held; none between calls. */
  int held() {
    return manager.getManagedArrays().size();
  }

  /** The archive as any PyTorch can load it. */
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
