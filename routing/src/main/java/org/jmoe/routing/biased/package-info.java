/** Routers that balance load with a selection bias instead of a loss. */
@NullMarked
package org.jmoe.routing.biased;

import org.jspecify.annotations.NullMarked;
