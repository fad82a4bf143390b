/** Interventions on the routing and the experts of one pass. */
@NullMarked
package org.jmoe.intervention;

import org.jspecify.annotations.NullMarked;
