/** Corpora: building, loading, splitting, statistics and synthetic data. */
@NullMarked
package org.jmoe.data.corpus;

import org.jspecify.annotations.NullMarked;
