/** Control routers for comparison: random, uniform and replayed choices. */
@NullMarked
package org.jmoe.routing.controls;

import org.jspecify.annotations.NullMarked;
