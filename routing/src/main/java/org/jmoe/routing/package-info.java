/** Published routers, one algorithm a file. */
@NullMarked
package org.jmoe.routing;

import org.jspecify.annotations.NullMarked;
