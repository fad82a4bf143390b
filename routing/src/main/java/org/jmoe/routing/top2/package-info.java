/** Routers with special rules for the second choice: GShard, NLLB, FastMoE, DeepSpeed. */
@NullMarked
package org.jmoe.routing.top2;

import org.jspecify.annotations.NullMarked;
