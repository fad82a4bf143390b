package org.jmoe.testing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.training.optimizer.Optimizer;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.List;
import java.util.Set;
import org.jmoe.tensor.Ops;

/** DJL calls with incorrect results or gradients. */
final class UnsafeCalls extends DescribedPredicate<JavaAccess<?>> {
  /** With a Java number, the gradient is corrupted by garbage collection before backward. */
  private static final Set<String> WITH_NUMBER =
      Set.of(
          "add", "sub", "mul", "div", "mod", "pow", "addi", "subi", "muli", "divi", "modi", "powi");

  /** The first three drop the gradient; the last overwrites its index. */
  private static final Set<String> ALWAYS = Set.of("toType", "toDevice", "duplicate", "gatherNd");

  UnsafeCalls() {
    super("the call loses or corrupts a gradient, or its argument; use org.jmoe.tensor.Ops");
  }

  @Override
  public boolean test(JavaAccess<?> access) {
    if (!(access.getTarget() instanceof CodeUnitAccessTarget target)) {
      return false;
    }
    JavaClass owner = target.getOwner();
    String name = target.getName();
    if (owner.isAssignableTo(NDArray.class)) {
      List<JavaClass> parameters = target.getRawParameterTypes();
      boolean number = !parameters.isEmpty() && parameters.get(0).isAssignableTo(Number.class);
      return ALWAYS.contains(name) || (number && WITH_NUMBER.contains(name));
    }
    // The gradient of a single array is lost.
    if (owner.isEquivalentTo(NDArrays.class) && name.equals("concat")) {
      return !access.getOriginOwner().isEquivalentTo(Ops.class);
    }
    // Clips only from above.
    boolean clip = owner.isAssignableTo(Optimizer.OptimizerBuilder.class);
    return (clip && name.equals("optClipGrad"))
        || (owner.isAssignableTo(NDList.class) && name.equals("toDevice"));
  }
}
