/** Tests of the routers in {@code controls}, one class each. */
@NullMarked
package org.jmoe.routing.controls;

import org.jspecify.annotations.NullMarked;
