/** Routers whose second choice has rules of its own: GShard, NLLB, FastMoE, DeepSpeed. */
@NullMarked
package org.jmoe.routing.top2;

import org.jspecify.annotations.NullMarked;
