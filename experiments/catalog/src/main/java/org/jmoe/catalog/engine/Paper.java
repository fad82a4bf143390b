package org.jmoe.catalog.engine;

/**
 * Source of a published result.
 *
 * @param citation authors, year, title, number
 * @param place table, figure or section
 * @param standing how the quoted numbers were obtained: read in the paper, copied from a secondary
 *     source, or remembered
 */
public record Paper(String citation, String place, String standing) {
  /** Stands for no published result. */
  public static final Paper NONE = new Paper("", "", "");
}
