/** Routers that balance load by a bias on the scores in place of a loss. */
@NullMarked
package org.jmoe.routing.biased;

import org.jspecify.annotations.NullMarked;
