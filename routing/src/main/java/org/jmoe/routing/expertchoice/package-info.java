/** Routers in which each expert chooses its tokens. */
@NullMarked
package org.jmoe.routing.expertchoice;

import org.jspecify.annotations.NullMarked;
