package org.jmoe.catalog.engine;

/**
 * Where a result was published.
 *
 * @param citation authors, year, title, number
 * @param place table, figure or section
 * @param standing how the numbers quoted came here: read in the paper, copied from a second source,
 *     or remembered
 */
public record Paper(String citation, String place, String standing) {}
