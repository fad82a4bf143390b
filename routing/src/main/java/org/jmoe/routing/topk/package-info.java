/** Routers that choose the highest scores of each token, one per file. */
@NullMarked
package org.jmoe.routing.topk;

import org.jspecify.annotations.NullMarked;
