/**
 * Token data: readers for the formats that researchers bring, the builder that turns text into
 * Arrow, and the batches that training reads.
 *
 * <p>Axes: B rows of a batch, S tokens of a row. Arrow memory is off-heap and has one owner each,
 * which releases it in {@code close}.
 */
@NullMarked
package org.jmoe.experiments.data;

import org.jspecify.annotations.NullMarked;
