/** Published routers and losses by the names of the systems that they come from. */
@NullMarked
package org.jmoe.routing.preset;

import org.jspecify.annotations.NullMarked;
