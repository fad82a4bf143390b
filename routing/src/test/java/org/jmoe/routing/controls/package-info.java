/** Tests of the routers in {@code controls}, a class each. */
@NullMarked
package org.jmoe.routing.controls;

import org.jspecify.annotations.NullMarked;
