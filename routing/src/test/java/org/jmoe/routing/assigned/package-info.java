/** Tests of the routers in {@code assigned}, one class each. */
@NullMarked
package org.jmoe.routing.assigned;

import org.jspecify.annotations.NullMarked;
