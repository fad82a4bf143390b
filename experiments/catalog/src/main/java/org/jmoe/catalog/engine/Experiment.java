package org.jmoe.catalog.engine;

import java.util.List;
import org.jmoe.extension.Named;

/**
 * A question with a published answer: what is compared, what is measured and when the answer counts
 * as the same. The rule is part of the code and so is fixed before the trials run.
 */
public interface Experiment extends Named {
  /** Short, of lower-case letters, digits and dashes. */
  @Override
  String name();

  /** What it asks, in one sentence. */
  String question();

  /** Where an answer was published. */
  Paper paper();

  /** How our set-up differs from the published one and what a reader must know of it. */
  String setting();

  /** About how many minutes it takes on two quiet cores: an estimate, not a measurement. */
  int minutes();

  /** Seeds of a full run. */
  int seeds();

  /** What is compared. */
  List<Arm> arms(Budget budget);

  /** The report's table. */
  List<Column> columns();

  /** Holds every claim against the results; those of a quick run may be of any quality. */
  List<Check> judge(Results results);
}
