/** Published routers and losses by the name of their system. */
@NullMarked
package org.jmoe.routing.preset;

import org.jspecify.annotations.NullMarked;
