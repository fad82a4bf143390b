/** Tests of {@code org.jmoe.routing.expertchoice}. */
@NullMarked
package org.jmoe.routing.expertchoice;

import org.jspecify.annotations.NullMarked;
