/** Published routers, one algorithm per file. */
@NullMarked
package org.jmoe.routing;

import org.jspecify.annotations.NullMarked;
