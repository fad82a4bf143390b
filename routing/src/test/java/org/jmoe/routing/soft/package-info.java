/** Tests of the routers in {@code soft}, one class each. */
@NullMarked
package org.jmoe.routing.soft;

import org.jspecify.annotations.NullMarked;
