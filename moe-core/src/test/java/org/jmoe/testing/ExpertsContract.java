package org.jmoe.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.BitSet;
import java.util.List;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.RecordingStore;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests that all experts must pass. Extend it for custom experts:
 *
 * <pre>{@code
 * final class MyExpertsTest extends ExpertsContract {
 *   @Override
 *   protected ExpertsSpec spec() {
 *     return new MyExperts.Spec(8);
 *   }
 * }
 * }</pre>
 *
 * <p>All values are float64. Random values are added to every parameter, because zero biases would
 * hide errors.
 */
public abstract class ExpertsContract {
  private static final int DIM = 4;
  private static final int EXPERTS = 4;
  private static final Seed DRAWS = Seed.of(5);

  /** Six tokens with two choices each; expert 2 is idle. */
  private static final int[][] CHOICES = {{0, 1}, {1, 3}, {3, 0}, {0, 3}, {1, 0}, {0, 1}};

  private static final int[][] UNROUTED = {{-1, -1}, {-1, -1}};

  @RegisterExtension private final BatchScope scope = new BatchScope();

  /** Creates the test. */
  protected ExpertsContract() {}

  /** Returns the settings under test, for 4 experts of width 4. */
  protected abstract ExpertsSpec spec();

  /** Sets weights that are not trained, such as quantized ones. */
  protected void load(Experts experts) {}

  /** Returns the number of parameters to compare with the settings. */
  protected long count(Experts experts) {
    return Blocks.count(experts);
  }

  private Experts experts() {
    Experts experts = spec().build(DIM, EXPERTS, Seed.of(1).child("experts"));
    experts.initialize(scope.manager(), DataType.FLOAT64, new Shape(1, DIM));
    int i = 0;
    for (Parameter parameter : experts.getParameters().values()) {
      if (parameter.requiresGradient()) {
        long[] shape = parameter.getShape().getShape();
        parameter.getArray().addi(Tensors.random(scope.manager(), 70 + i++, shape).mul(0.2));
      }
    }
    load(experts);
    return experts;
  }

  private NDArray tokens(int count) {
    return Tensors.random(scope.manager(), 7, count, DIM); // (T, D)
  }

  private GroupedPlan grouped(int[][] choices) {
    NDArray chosen = Tensors.of(scope.manager(), choices); // (T, K)
    return GroupedPlan.of(chosen, weights(chosen), EXPERTS);
  }

  private SlotPlan padded(int[][] choices) {
    NDArray chosen = Tensors.of(scope.manager(), choices); // (T, K)
    NDArray weights = weights(chosen); // (T, K)
    NDArray ranks = DropOrder.K_MAJOR.rank(chosen, weights, DRAWS); // (T, K)
    return SlotPlan.of(chosen, ranks, weights, EXPERTS, choices.length);
  }

  private NDArray weights(NDArray choices) {
    return Tensors.random(scope.manager(), 8, choices.getShape().getShape()).abs(); // (T, K)
  }

  private static NDArray through(
      Experts experts, ParameterStore ps, DispatchPlan plan, NDArray x, boolean training) {
    RecordingStore store = new RecordingStore(ps, DRAWS);
    NDArray rows = plan.dispatch(experts.projectIn(store, x, training)); // (N, L) or (E, C, L)
    NDArray outputs = experts.forward(store, rows, plan, training, DRAWS);
    return experts.projectOut(store, plan.combine(outputs), training); // (T, D)
  }

  private NDArray evaluate(Experts experts, DispatchPlan plan, NDArray x) {
    return through(experts, new ParameterStore(scope.manager(), false), plan, x, false);
  }

  /** Returns the gradients of the tokens, then of each trained parameter. */
  private List<double[]> gradients(Experts experts, DispatchPlan plan, NDArray x) {
    return GradientCheck.gradients(
        experts, (ps, given) -> through(experts, ps, plan, given, true), x);
  }

  @Test
  void groupedAndPaddedPlansEqualOneTokenAtATime() {
    Experts experts = experts();
    NDArray x = tokens(CHOICES.length);
    double[][] weights = Tensors.rows(weights(Tensors.of(scope.manager(), CHOICES)));
    double[][] expected = new double[CHOICES.length][DIM];
    NDArray one = scope.manager().ones(new Shape(1, 1), DataType.FLOAT64); // (1, 1)
    for (int t = 0; t < CHOICES.length; t++) {
      NDArray token = x.get("%d:%d".formatted(t, t + 1)); // (1, D)
      for (int k = 0; k < CHOICES[t].length; k++) {
        NDArray chosen = Tensors.of(scope.manager(), new int[][] {{CHOICES[t][k]}}); // (1, 1)
        double[] out =
            Tensors.doubles(evaluate(experts, GroupedPlan.of(chosen, one, EXPERTS), token));
        for (int d = 0; d < DIM; d++) {
          expected[t][d] += weights[t][k] * out[d];
        }
      }
    }
    Tensors.assertClose(Tensors.flat(expected), evaluate(experts, grouped(CHOICES), x), 1e-11);
    Tensors.assertClose(Tensors.flat(expected), evaluate(experts, padded(CHOICES), x), 1e-11);
  }

  @Test
  void gradientsAreCorrectInBothPlans() {
    Experts experts = experts();
    for (DispatchPlan plan : List.of(grouped(CHOICES), padded(CHOICES))) {
      GradientCheck.assertCorrect(
          experts, (ps, x) -> through(experts, ps, plan, x, true), tokens(CHOICES.length));
    }
  }

  /** If all tokens choose one expert, the other experts' parameters have a zero gradient. */
  @Test
  void idleExpertsHaveAZeroGradient() {
    Experts experts = experts();
    BitSet[] used = new BitSet[EXPERTS];
    BitSet any = new BitSet();
    for (int e = 0; e < EXPERTS; e++) {
      used[e] = new BitSet();
      int at = 0;
      List<double[]> all = gradients(experts, grouped(new int[][] {{e}, {e}, {e}, {e}}), tokens(4));
      for (double[] gradient : all.subList(1, all.size())) {
        for (double g : gradient) {
          assertTrue(Double.isFinite(g), "gradient " + g);
          used[e].set(at++, g != 0);
        }
      }
      any.or(used[e]);
    }
    boolean trained =
        experts.getParameters().values().stream().anyMatch(Parameter::requiresGradient);
    assertEquals(trained, !any.isEmpty(), "whether parameters have a gradient");
    for (int e = 0; e < EXPERTS; e++) {
      for (int f = 0; f < e; f++) {
        BitSet both = (BitSet) used[e].clone();
        both.and(used[f]);
        // Only shared parameters have a gradient from both.
        assertTrue(
            both.cardinality() <= spec().commonParameters(DIM),
            "%d elements have a gradient from both expert %d and expert %d; %d are shared"
                .formatted(both.cardinality(), f, e, spec().commonParameters(DIM)));
      }
    }
  }

  @Test
  void emptyBatchesAndUnroutedTokens() {
    Experts experts = experts();
    NDArray none = scope.manager().zeros(new Shape(0, 2), DataType.INT64); // (0, K)
    NDArray empty = scope.manager().zeros(new Shape(0, 2), DataType.FLOAT64); // (0, K)
    NDArray x = scope.manager().zeros(new Shape(0, DIM), DataType.FLOAT64); // (0, D)
    NDArray y = evaluate(experts, GroupedPlan.of(none, empty, EXPERTS), x);
    assertEquals(new Shape(0, DIM), y.getShape());
    for (DispatchPlan plan : List.of(grouped(UNROUTED), padded(UNROUTED))) {
      Tensors.assertClose(new double[2 * DIM], evaluate(experts, plan, tokens(2)), 0);
    }
  }

  @Test
  void repeatsAreBitExact() {
    for (DispatchPlan plan : List.of(grouped(CHOICES), padded(CHOICES))) {
      NDArray x = tokens(CHOICES.length);
      double[] output = evaluate(experts(), plan, x).toDoubleArray();
      assertArrayEquals(output, evaluate(experts(), plan, x).toDoubleArray(), "output");
      List<double[]> one = gradients(experts(), plan, x);
      List<double[]> two = gradients(experts(), plan, x);
      for (int i = 0; i < one.size(); i++) {
        assertArrayEquals(one.get(i), two.get(i), "gradient " + i);
      }
      assertArrayEquals(tokens(CHOICES.length).toDoubleArray(), x.toDoubleArray(), "tokens");
    }
  }

  @Test
  void theSpecCountsTheParameters() {
    ExpertsSpec spec = spec();
    assertEquals(count(experts()), spec.parameters(DIM, EXPERTS));
    assertTrue(spec.activeParameters(DIM, 1) <= spec.parameters(DIM, EXPERTS));
    ParameterStore ps = new ParameterStore(scope.manager(), false);
    NDArray narrow = experts().projectIn(ps, tokens(3), false); // (T, L)
    assertEquals(new Shape(3, spec.width(DIM)), narrow.getShape());
    assertEquals(new Shape(3, DIM), experts().projectOut(ps, narrow, false).getShape());
  }
}
