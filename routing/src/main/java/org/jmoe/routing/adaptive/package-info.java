/** Routers in which experts are on or off, with an adapted regularization. */
@NullMarked
package org.jmoe.routing.adaptive;

import org.jspecify.annotations.NullMarked;
