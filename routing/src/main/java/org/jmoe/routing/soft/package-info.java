/** Routers without a hard choice: soft slots and dense mixtures. */
@NullMarked
package org.jmoe.routing.soft;

import org.jspecify.annotations.NullMarked;
