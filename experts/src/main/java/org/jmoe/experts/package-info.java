/** Published expert networks. */
@NullMarked
package org.jmoe.experts;

import org.jspecify.annotations.NullMarked;
