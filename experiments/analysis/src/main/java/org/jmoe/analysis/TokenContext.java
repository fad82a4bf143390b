package org.jmoe.analysis;

import com.google.common.primitives.ImmutableIntArray;

/**
 * A position in the data with a large router weight for an expert.
 *
 * @param weight router weight of the expert
 * @param before token ids before
 * @param token id of the token
 * @param after token ids after
 */
public record TokenContext(
    double weight, ImmutableIntArray before, int token, ImmutableIntArray after) {}
