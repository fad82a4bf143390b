/** Routing metrics as host numbers: load, gates, saliency, specialization and overlap. */
@NullMarked
package org.jmoe.metrics;

import org.jspecify.annotations.NullMarked;
