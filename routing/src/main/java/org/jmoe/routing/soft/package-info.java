/** Routers without hard choices: soft slots and dense mixtures. */
@NullMarked
package org.jmoe.routing.soft;

import org.jspecify.annotations.NullMarked;
