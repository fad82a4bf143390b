/** Tests of the routers in {@code biased}, one class each. */
@NullMarked
package org.jmoe.routing.biased;

import org.jspecify.annotations.NullMarked;
