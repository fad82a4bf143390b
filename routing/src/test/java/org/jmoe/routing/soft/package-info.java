/** Tests of the routers in {@code soft}, a class each. */
@NullMarked
package org.jmoe.routing.soft;

import org.jspecify.annotations.NullMarked;
