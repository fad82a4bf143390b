/** How modules and users add routers, losses, experts, experiments and the like to jmoe. */
@NullMarked
package org.jmoe.extension;

import org.jspecify.annotations.NullMarked;
