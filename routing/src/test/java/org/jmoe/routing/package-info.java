/** Published routers: contracts and published values. */
@NullMarked
package org.jmoe.routing;

import org.jspecify.annotations.NullMarked;
