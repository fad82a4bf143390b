/** What a run leaves in its folder: metrics, provenance, summary. */
@NullMarked
package org.jmoe.training.results;

import org.jspecify.annotations.NullMarked;
