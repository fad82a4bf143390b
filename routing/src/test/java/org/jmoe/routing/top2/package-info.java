/** Tests of the routers in {@code top2}, one class each. */
@NullMarked
package org.jmoe.routing.top2;

import org.jspecify.annotations.NullMarked;
