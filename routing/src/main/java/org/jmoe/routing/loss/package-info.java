/** Published balance losses, one formula a file. */
@NullMarked
package org.jmoe.routing.loss;

import org.jspecify.annotations.NullMarked;
