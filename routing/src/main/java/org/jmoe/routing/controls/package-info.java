/** Controls to compare a router with: random, uniform and replayed choices. */
@NullMarked
package org.jmoe.routing.controls;

import org.jspecify.annotations.NullMarked;
