package org.jmoe.analysis.labels;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.metrics.Specialisation;

/**
 * How much the experts of a layer tell of one label.
 *
 * @param labelling what was asked, such as {@code domain}
 * @param labels the answers, the columns of the counts
 * @param measured counts, information and purity with their chance levels
 */
public record LabelSpecialisation(
    String labelling, ImmutableList<String> labels, Specialisation measured) {

  /**
   * How many times its usual share an expert gets of the tokens of a label, {@code p(e | l) /
   * p(e)}: 1 is no preference; 0 where the expert or the label has no choices.
   */
  public double lift(int expert, int label) {
    long ofExpert = measured.counts().get(expert).stream().sum();
    long ofLabel = 0;
    long all = 0;
    for (ImmutableLongArray row : measured.counts()) {
      ofLabel += row.get(label);
      all += row.stream().sum();
    }
    double count = measured.counts().get(expert).get(label);
    return count == 0 ? 0 : count / ofExpert * ((double) all / ofLabel);
  }
}
