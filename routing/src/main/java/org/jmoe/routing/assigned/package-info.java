/** Routers that assign tokens to balance the load: by hash, linear assignment or Sinkhorn. */
@NullMarked
package org.jmoe.routing.assigned;

import org.jspecify.annotations.NullMarked;
