/** Files of a run: metrics, provenance and summary. */
@NullMarked
package org.jmoe.training.results;

import org.jspecify.annotations.NullMarked;
