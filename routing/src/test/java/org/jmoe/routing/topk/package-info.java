/** Tests of the routers in {@code topk}, one class each. */
@NullMarked
package org.jmoe.routing.topk;

import org.jspecify.annotations.NullMarked;
