/** Routers that take the highest scores of each token, one a file. */
@NullMarked
package org.jmoe.routing.topk;

import org.jspecify.annotations.NullMarked;
