/** Registration and lookup by name of all published routers and balance losses. */
@NullMarked
package org.jmoe.routing.published;

import org.jspecify.annotations.NullMarked;
