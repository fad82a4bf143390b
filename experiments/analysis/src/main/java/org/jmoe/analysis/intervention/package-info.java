/** Effects of interventions on the routing and the experts of a model, and recorded routing. */
@NullMarked
package org.jmoe.analysis.intervention;

import org.jspecify.annotations.NullMarked;
