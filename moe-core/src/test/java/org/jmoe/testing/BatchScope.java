package org.jmoe.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A manager for the arrays of one test, closed afterwards. Fails the test if arrays were attached
 * to its parent, as happens to a model if operands are in the wrong order.
 *
 * <p>Use as {@code @RegisterExtension final BatchScope scope = new BatchScope();}
 */
public final class BatchScope implements AfterEachCallback {
  private final NDManager parent = NDManager.newBaseManager(Device.cpu());
  private final NDManager manager = parent.newSubManager();

  /** Returns the manager for the arrays of the test. */
  public NDManager manager() {
    return manager;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    manager.close();
    int left = parent.getManagedArrays().size();
    parent.close();
    assertEquals(0, left, "arrays leaked out of the batch");
  }
}
