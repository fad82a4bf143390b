/** Published balance losses, one formula per file. */
@NullMarked
package org.jmoe.routing.loss;

import org.jspecify.annotations.NullMarked;
