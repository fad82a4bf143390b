/** Tests of the routers in {@code biased}, a class each. */
@NullMarked
package org.jmoe.routing.biased;

import org.jspecify.annotations.NullMarked;
