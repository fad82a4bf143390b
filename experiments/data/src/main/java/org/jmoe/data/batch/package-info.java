/** Packing documents into sequences, and shuffled batches: B rows of a batch, S tokens of a row. */
@NullMarked
package org.jmoe.data.batch;

import org.jspecify.annotations.NullMarked;
