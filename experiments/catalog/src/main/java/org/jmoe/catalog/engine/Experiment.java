package org.jmoe.catalog.engine;

import java.util.List;
import org.jmoe.extension.Named;

/**
 * A reproduction of a published result: the arms to compare, the measures, and the criteria for
 * reproduction. The criteria are part of the code and so are fixed before the trials run.
 */
public interface Experiment extends Named {
  /** Returns the name, of lower-case letters, digits and dashes. */
  @Override
  String name();

  /** Returns the question in one sentence. */
  String question();

  /** Returns the source of the published result. */
  Paper paper();

  /** Returns how our set-up differs from the published one, and other caveats. */
  String setting();

  /** Returns the command that runs it, without options. */
  default String command() {
    return "jmoe experiment run " + name();
  }

  /** Returns the estimated duration in minutes on two idle cores. */
  int minutes();

  /** Returns the number of seeds of a full run. */
  int seeds();

  /** Returns the arms to compare. */
  List<Arm> arms(Budget budget);

  /** Returns the columns of the report's table. */
  List<Column> columns();

  /** Checks every claim against the results; those of a quick run may be arbitrarily poor. */
  List<Check> judge(Results results);
}
