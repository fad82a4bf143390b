/** Published routers: the contract that each fulfils, and the numbers that each must give. */
@NullMarked
package org.jmoe.routing;

import org.jspecify.annotations.NullMarked;
