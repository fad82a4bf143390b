/** Losses on weights and outputs that push experts and routers apart. */
@NullMarked
package org.jmoe.routing.specialisation;

import org.jspecify.annotations.NullMarked;
