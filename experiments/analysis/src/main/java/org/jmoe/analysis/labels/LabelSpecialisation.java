package org.jmoe.analysis.labels;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.metrics.Specialisation;

/**
 * Specialisation of the experts of a layer with respect to one set of labels.
 *
 * @param name name of the set of labels, such as {@code domain}
 * @param labels label names, the columns of the counts
 * @param measured counts, mutual information and purity with their baselines
 */
public record LabelSpecialisation(
    String name, ImmutableList<String> labels, Specialisation measured) {

  /**
   * Returns how over-represented an expert is among the tokens of a label, {@code p(e | l) / p(e)}:
   * 1 is no preference; 0 if the expert or the label has no choices.
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
