/** Packing of documents into sequences, and shuffled batches of B sequences of S tokens. */
@NullMarked
package org.jmoe.data.batch;

import org.jspecify.annotations.NullMarked;
