/** All published routers and balance losses: the list that registers them, and them by name. */
@NullMarked
package org.jmoe.routing.published;

import org.jspecify.annotations.NullMarked;
