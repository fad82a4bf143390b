package org.jmoe.catalog.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jmoe.extension.Extensions;

/** A two-arm experiment without any training. */
public record TwoArms(ToDoubleFunction<Long> number) implements Experiment {
  @Override
  public String name() {
    return "two-arms";
  }

  @Override
  public String question() {
    return "Is b larger than a?";
  }

  @Override
  public Paper paper() {
    return new Paper("Nobody", "nowhere", "made up for a test");
  }

  @Override
  public String setting() {
    return "None.";
  }

  @Override
  public int minutes() {
    return 0;
  }

  @Override
  public int seeds() {
    return 3;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    return List.of(new Arm("a", "first", this::trial), new Arm("b", "second", this::trial));
  }

  private Outcome trial(long seed, Path folder, Extensions extensions, TrialListener watch) {
    double value = number.applyAsDouble(seed);
    return new Outcome(
        Map.of("x", value),
        Map.of(
            "nats",
            new Series(List.of(1.0, 2.0), List.of(0.5, 1.0), List.of(3.0, 2.0 + value / 100))),
        Map.of(
            "domains",
            new Grid(
                List.of("0", "1"),
                List.of("red", "blue"),
                List.of(List.of(1.5, 0.5), List.of(0.5, 1.5)))));
  }

  @Override
  public List<Column> columns() {
    return List.of(new Column("x", "number", 1, Map.of("a", "5 ± 1", "b", "1")));
  }

  @Override
  public List<Check> judge(Results results) {
    return List.of(
        Check.mean("b is larger", "above 0", results.difference("b", "a", "x"), 2, d -> d > 0));
  }
}
